"""Where the open work of a suspended laboratory goes 样本改送: the nearest that can take it (city §6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.divisions import contains


@dataclass(frozen=True, slots=True)
class OpenTube:
    """A tube that a suspended laboratory has, or is to have, without a result."""

    tube_id: UUID
    division: str
    """Where it was opened."""
    at: str
    """The division where it is now: its laboratory's once it was handed over."""
    laboratory: str
    suspension_id: UUID


@dataclass(frozen=True, slots=True)
class Candidate:
    """A laboratory that may test, and how many more tubes it can take."""

    code: str
    division: str
    free: int


@dataclass(frozen=True, slots=True)
class Route:
    """A tube and where it goes."""

    tube: OpenTube
    to: str


def distance(one: str, other: str) -> int:
    """Return how far two divisions lie apart: 0 in one township, 1 in one district, 2 in one province, 3.

    A unit that holds the other is as near as its own level is high.
    """
    if len(one) >= 9 and len(other) >= 9 and one[:9] == other[:9]:
        return 0
    if one[:6] == other[:6]:
        return 1
    return 2 if one[:2] == other[:2] or contains(one, other) or contains(other, one) else 3


def route(tubes: Iterable[OpenTube], candidates: Sequence[Candidate]) -> list[Route]:
    """Return where tubes go, in their order; those that nobody can take are left out and wait.

    Of the laboratories with capacity to spare each tube goes to the nearest, of equally near ones to that
    with most to spare, of these to the first by code. Nobody is given more than they can take.
    """
    free = {one.code: one.free for one in candidates}
    ranks: dict[str, list[tuple[int, Candidate]]] = {}
    routes: list[Route] = []
    for tube in tubes:
        if tube.at not in ranks:
            ranks[tube.at] = [(distance(tube.at, one.division), one) for one in candidates]
        best = _best(ranks[tube.at], free, tube.laboratory)
        if best is None:
            continue
        free[best] -= 1
        routes.append(Route(tube, best))
    return routes


def _best(ranked: Sequence[tuple[int, Candidate]], free: Mapping[str, int], but: str) -> str | None:
    open_ = [
        (far, -free[one.code], one.code) for far, one in ranked if free[one.code] > 0 and one.code != but
    ]
    return min(open_)[2] if open_ else None
