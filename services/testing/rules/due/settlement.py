"""Which sample settles which due test 检测销项; it follows from the two sets, in whatever order they came.

A sample settles a due test of its subject when it was taken within the test's window (town §9, city §8).
Tests of one series, a plan's for instance, each need a day of their own; one swab may settle a test of each
of several series.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from msgspec import Struct

from shared.day_count import day_of

_Known = TypeVar("_Known", str, UUID)

KEPT = timedelta(days=60)
"""How long samples are kept for tests that are asked for later; what was settled before stays settled."""


class Taken(Struct, frozen=True, gc=False):
    """A sample that was taken, as far as due tests are concerned; ten thousand come with a batch."""

    sample_id: UUID
    sampled_at: datetime
    division: str
    subject_id: UUID | None = None
    """The person by registration's id, or the object by this service's; None for one without a name."""
    category: str | None = None
    """The policy's category, or the finer kind, that a subject without a name is counted in."""
    place: str | None = None
    """The code of the quarantine site, where it was taken in one."""
    due_id: UUID | None = None
    """The due test that the sampler says it is for."""
    revision: int = 1
    """The highest of a sample holds."""
    stands: bool = True
    """False when its result says that it must be taken again."""

    @property
    def key(self) -> tuple[UUID, datetime]:
        """Whom it was taken of, and when: one swab is one sample, whoever tells of it and under what id."""
        return self.subject_id or self.sample_id, self.sampled_at


@dataclass(frozen=True, slots=True)
class Owed:
    """A due test of one subject."""

    due_id: UUID
    series: UUID
    from_on: date
    due_on: date
    until_on: date | None
    """None: a late sample always counts."""

    def holds(self, day: date) -> bool:
        """Tell whether a sample of that day counts for it."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True, order=True)
class Swab:
    """A sample of one subject that stands; ordered by when it was taken."""

    sampled_at: datetime
    sample_id: UUID
    due_id: UUID | None = None


def merged(taken: Iterable[Taken]) -> list[Taken]:
    """Return each swab once, in the order of subject and time, with what is known of it together."""
    by_key: dict[tuple[int, datetime], Taken] = {}
    for one in taken:
        key = ((one.subject_id or one.sample_id).int, one.sampled_at)
        known = by_key.get(key)
        by_key[key] = one if known is None else _joined(known, one)
    return [by_key[key] for key in sorted(by_key)]


def _joined(one: Taken, other: Taken) -> Taken:
    last = max(one.revision, other.revision)
    return Taken(
        sample_id=min(one.sample_id, other.sample_id),
        sampled_at=one.sampled_at,
        division=min(one.division, other.division),
        subject_id=one.subject_id or other.subject_id,
        category=_either(one.category, other.category),
        place=_either(one.place, other.place),
        due_id=_either(one.due_id, other.due_id),
        revision=last,
        stands=all(each.stands for each in (one, other) if each.revision == last),
    )


def _either(one: _Known | None, other: _Known | None) -> _Known | None:
    """The same whichever came first: what is known, of two the lesser."""
    return min((each for each in (one, other) if each is not None), default=None)


def settle(owed: Sequence[Owed], swabs: Iterable[Swab]) -> Mapping[UUID, Swab]:
    """Return which of a subject's due tests are settled, each with the sample that did it.

    What a sampler marked for a test settles that one, within its window. Of the rest, in each series by
    itself, each day's samples settle the test that was due first of those whose window the day lies in.
    """
    taken = sorted(swabs)
    tests: defaultdict[UUID, list[Owed]] = defaultdict(list)
    for test in sorted(owed, key=lambda test: (test.due_on, test.due_id)):
        tests[test.series].append(test)
    settled: dict[UUID, Swab] = {}
    for series in tests.values():
        settled |= _settle_series(series, taken)
    return settled


def _settle_series(series: Sequence[Owed], taken: Sequence[Swab]) -> dict[UUID, Swab]:
    by_id = {test.due_id: test for test in series}
    settled: dict[UUID, Swab] = {}
    days_used: set[date] = set()
    for swab in taken:
        marked = by_id.get(swab.due_id) if swab.due_id is not None else None
        day = day_of(swab.sampled_at)
        if marked is not None and marked.due_id not in settled and marked.holds(day):
            settled[marked.due_id] = swab
            days_used.add(day)
    for swab in taken:
        day = day_of(swab.sampled_at)
        if day in days_used:
            continue
        for test in series:
            if test.due_id not in settled and test.holds(day):
                settled[test.due_id] = swab
                days_used.add(day)
                break
    return settled
