"""Sampling points 采样点: what is stated of one, and which point a division's due tests go to.

Their number and place are planned and their teams trained (town §6, city §7).
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from uuid import UUID

from shared.contracts import derived_id
from shared.divisions import contains
from shared.errors import FieldProblem


class PointKind(StrEnum):
    """What a sampling point is."""

    FIXED = "fixed"
    MOBILE = "mobile"
    HOSPITAL = "hospital"
    """Inside a hospital; the notices ask for a plan of those outside."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a point is open; wall times in Asia/Shanghai, weekdays from 1 (Monday) to 7."""

    weekdays: tuple[int, ...]
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Team:
    """A team of a point; `hands` is how many of it take samples at the same time."""

    code: str
    hands: int
    trained_on: date | None = None


@dataclass(frozen=True, slots=True)
class PointStated:
    """A sampling point as it is stated, whole."""

    code: str
    division: str
    kind: PointKind
    name: str
    address: str
    serves: tuple[str, ...]
    hours: tuple[OpeningHours, ...]
    teams: tuple[Team, ...]
    is_open: bool = True

    @property
    def id(self) -> UUID:
        """Follows from the code."""
        return derived_id("sampling-point", self.code)

    @property
    def hands(self) -> int:
        """How many take samples at the same time."""
        return sum(team.hands for team in self.teams)

    @property
    def trained_hands(self) -> int:
        """How many of them belong to a team that was trained."""
        return sum(team.hands for team in self.teams if team.trained_on is not None)


def problems_of(point: PointStated, divisions: Container[str], today: date) -> list[FieldProblem]:
    """Return why a point cannot be kept, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    if point.division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {point.division!r}"))
    for position, division in enumerate(point.serves):
        if division not in divisions:
            problems.append(FieldProblem(f"serves.{position}", f"unknown division {division!r}"))
    if len(set(point.serves)) < len(point.serves):
        problems.append(FieldProblem("serves", "names a division twice"))
    for position, hours in enumerate(point.hours):
        if hours.closes <= hours.opens:
            problems.append(FieldProblem(f"hours.{position}.closes", "is not after opens"))
    if len({team.code for team in point.teams}) < len(point.teams):
        problems.append(FieldProblem("teams", "names a team twice"))
    for position, team in enumerate(point.teams):
        if team.trained_on is not None and team.trained_on > today:
            problems.append(FieldProblem(f"teams.{position}.trained_on", "lies in the future"))
    return problems


def designate(divisions: Iterable[str], serves: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Return the point that each of `divisions` goes to, where there is one.

    `serves` holds points that are open, each with a division that it serves, the units below included. The
    one that serves the nearest unit is taken, of equals the first by code.
    """
    by_unit = {unit: point for point, unit in sorted(serves, reverse=True)}
    found: dict[str, str] = {}
    for division in divisions:
        nearest = next((unit for unit in units_above(division) if unit in by_unit), None)
        if nearest is not None:
            found[division] = by_unit[nearest]
    return found


def units_above(division: str) -> list[str]:
    """Return the codes of a unit and of those above it, nearest first, as the codes themselves tell them."""
    lengths = [length for length in (12, 9, 6) if length <= len(division)]
    return [division[:length] for length in lengths] + [division[:2] + "0000"]


def named_elsewhere(
    named: Iterable[tuple[str, str]], divisions_of: Mapping[str, Sequence[str]]
) -> frozenset[tuple[str, str]]:
    """Return which codes are named in a division that the point neither lies in nor serves.

    `divisions_of` holds the divisions of each point that is on record, its own and those that it serves; a
    unit above or below one of them counts. What is no point's code, a quarantine site's say, is not returned.
    """
    return frozenset(
        (code, division)
        for code, division in named
        if code in divisions_of and not any(_is_near(own, division) for own in divisions_of[code])
    )


def _is_near(one: str, other: str) -> bool:
    return contains(one, other) or contains(other, one)
