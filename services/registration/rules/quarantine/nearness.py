"""How near two divisions are to each other, by their lineage."""

_LEVELS = (2, 6, 9, 12)
"""Digits of a province, a district, a township and a village in their codes."""


def closeness(one: str, other: str) -> int:
    """Return how many levels two divisions share, from the province down: 4 is the same village."""
    return sum(len(one) >= digits <= len(other) and one[:digits] == other[:digits] for digits in _LEVELS)


def district_of(division: str) -> str:
    """Return the district that a division lies in, or the division itself where it stands higher."""
    return division[:6]


def areas_of(division: str) -> tuple[str, ...]:
    """Return the areas for which rooms are reckoned, the smallest first: the township, then the district."""
    return (division[:9], division[:6]) if len(division) > 6 else (division,)
