"""Who is on duty where, found from a unit upwards, and where in the days ahead nobody is.

Somebody is on duty around the clock, and who leads is known at every moment (town §3, city §3).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.divisions import LEVELS, Division
from shared.policy.escalation import SearchLevel


@dataclass(frozen=True, slots=True)
class DutyPerson:
    """Somebody who can be on duty, without the addresses of their channels, which stay sealed."""

    id: UUID
    key: str
    """What the roster's documents call the person; no personal data."""
    name: str
    language: str
    working: bool
    """Whether the contact is known to work; set to false by the office that keeps the roster."""
    channel_kinds: tuple[str, ...]

    @property
    def reachable(self) -> bool:
        """Whether a page to this person has anywhere to go."""
        return self.working and bool(self.channel_kinds)


@dataclass(frozen=True, slots=True)
class DutyShift:
    """A person holds a post of a division from `from_at` until just before `until_at`."""

    post: str
    division: str
    person: DutyPerson
    from_at: datetime
    until_at: datetime

    def covers(self, now: datetime) -> bool:
        """Tell whether the shift runs at `now`; at the very change of shifts the next one does."""
        return self.from_at <= now < self.until_at


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who was found for a post, and in which division: the unit's own or one above it."""

    division: str
    people: tuple[DutyPerson, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which nobody with a working contact holds a post, from `from_at` until `until_at`."""

    from_at: datetime
    until_at: datetime


_RANK: Mapping[str, int] = {**{level: rank for rank, level in enumerate(LEVELS)}, "own": len(LEVELS)}

Roster = Mapping[tuple[str, str], tuple[DutyPerson, ...]]
"""(post, division) → everybody on duty there at one moment whom a page can reach."""


def roster_at(shifts: Iterable[DutyShift], now: datetime) -> Roster:
    """Return who can be paged at `now`; where shifts overlap, everybody is on duty and all are paged."""
    found: dict[tuple[str, str], dict[UUID, DutyPerson]] = defaultdict(dict)
    for shift in shifts:
        if shift.covers(now) and shift.person.reachable:
            found[shift.post, shift.division][shift.person.id] = shift.person
    return {
        place: tuple(sorted(people.values(), key=lambda person: person.key))
        for place, people in found.items()
    }


def search_path(search_from: SearchLevel, lineage: Sequence[Division]) -> Sequence[Division]:
    """Return the divisions in which a rung looks for its post, nearest first.

    `lineage` is the unit and those above it, nearest first. A unit that stands higher than the level at
    which the rung begins is searched from itself upwards.
    """
    highest = _RANK[search_from]
    for position, division in enumerate(lineage):
        if _RANK[division.level] <= highest:
            return lineage[position:]
    return ()


def find_on_duty(roster: Roster, post: str, path: Sequence[Division]) -> OnDuty | None:
    """Return whoever holds `post` nearest to the start of `path`, or None when nobody up to its end does."""
    for division in path:
        if people := roster.get((post, division.code)):
            return OnDuty(division.code, people)
    return None


def coverage_gaps(
    shifts: Iterable[DutyShift], post: str, lineage: Sequence[Division], from_at: datetime, until_at: datetime
) -> tuple[Gap, ...]:
    """Return when, between two instants, nobody in the unit or above it can be paged for `post`."""
    divisions = {division.code for division in lineage}
    spans = sorted(
        (shift.from_at, shift.until_at)
        for shift in shifts
        if shift.post == post and shift.division in divisions and shift.person.reachable
    )
    gaps: list[Gap] = []
    covered_until = from_at
    for begin, end in spans:
        if begin >= until_at:
            break
        if begin > covered_until:
            gaps.append(Gap(covered_until, begin))
        covered_until = max(covered_until, end)
    if covered_until < until_at:
        gaps.append(Gap(covered_until, until_at))
    return tuple(gaps)


def covered_share(gaps: Iterable[Gap], from_at: datetime, until_at: datetime) -> float:
    """Return which share of the time between two instants lies outside `gaps`, between 0 and 1."""
    open_seconds = sum((gap.until_at - gap.from_at).total_seconds() for gap in gaps)
    return 1.0 - open_seconds / (until_at - from_at).total_seconds()
