"""Bring the due tests of subjects to what their samples amount to, in the caller's transaction.

Records that are one person are looked at together: what they are asked for twice is a double of one test.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.testing.actions.due import due_events
from services.testing.rules.due.asking import IN_ROUNDS, Source, settled_within
from services.testing.rules.due.doubles import Claim, doubles_of
from services.testing.rules.due.settlement import KEPT, Swab, settle
from services.testing.storage import due_tests, rounds, same_people, settlements
from services.testing.storage.settlements import HeldTest, NamedTest
from shared import outbox
from shared.day_count import day_of
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class _Person:
    """A subject under all its records, with its tests and swabs."""

    survivor_id: UUID
    tests: Sequence[NamedTest]
    swabs: Sequence[Swab]

    def doubles(self) -> Mapping[UUID, UUID]:
        """Which of the tests are doubles, each with the one that stands for it."""
        if len(self.tests) < 2:
            return {}
        return doubles_of([_claim(test) for test in self.tests], self.survivor_id, self.swabs)


def _claim(test: NamedTest) -> Claim:
    return Claim(
        due_id=test.due_id,
        subject_id=test.subject_id,
        source=Source(test.source),
        series=test.series,
        counted_in=test.kind or test.category,
        from_on=test.owed.from_on,
        due_on=test.owed.due_on,
        until_on=test.owed.until_on,
        told_at=test.told_at,
        division=test.division,
    )


async def settle_subjects(connection: Connection, subject_ids: Iterable[UUID], *, now: datetime) -> None:
    """Bring the due tests of subjects to what their samples amount to; may be called at any time."""
    people = await _people(connection, set(subject_ids), now)
    if not people:
        return
    doubles = await _write_doubles(connection, people, now)
    changed: list[tuple[NamedTest, Swab | None]] = []
    for person in people:
        settled = _settled(person, doubles)
        outcome = [(test, settled.get(doubles.get(test.due_id, test.due_id))) for test in person.tests]
        changed += [(test, swab) for test, swab in outcome if _differs(test, swab)]
    if changed:
        await settlements.settle_tests(connection, [(test.due_id, swab) for test, swab in changed])
        done = [(test, swab.sampled_at, swab.sample_id) for test, swab in changed if swab is not None]
        await tell_done(connection, done, now)


async def judge_doubles(connection: Connection, subject_ids: Iterable[UUID], *, now: datetime) -> set[UUID]:
    """Write which due tests of subjects ask twice for the same, and return those; nothing is settled."""
    people = await _people(connection, set(subject_ids), now)
    return set(await _write_doubles(connection, people, now))


async def _people(connection: Connection, subject_ids: Collection[UUID], now: datetime) -> list[_Person]:
    """The subjects that have tests, with all their records, and what was sampled of these."""
    since = day_of(now - KEPT)
    records = await same_people.records_of(connection, subject_ids)
    tests = await settlements.lock_tests_of(connection, {*subject_ids, *records}, since)
    if not tests:
        return []
    of_person: defaultdict[UUID, list[NamedTest]] = defaultdict(list)
    for test in tests:
        of_person[records.get(test.subject_id, test.subject_id)].append(test)
    wanted = set(of_person) | {record for record, one in records.items() if one in of_person}
    first = max(since, min(test.owed.from_on for test in tests))
    swabs: defaultdict[UUID, list[Swab]] = defaultdict(list)
    for record, taken in (await settlements.swabs_of(connection, wanted, first)).items():
        swabs[records.get(record, record)] += taken
    return [_Person(id_, own, swabs.get(id_, ())) for id_, own in of_person.items()]


async def _write_doubles(
    connection: Connection, people: Sequence[_Person], now: datetime
) -> Mapping[UUID, UUID]:
    doubles = {double: of for person in people for double, of in person.doubles().items()}
    tests = [test for person in people for test in person.tests]
    changed = [test for test in tests if test.double_of != doubles.get(test.due_id)]
    if changed:
        await settlements.write_doubles(
            connection, [(test.due_id, doubles.get(test.due_id)) for test in changed]
        )
        await _tell_changed(connection, changed, doubles, now)
    return doubles


async def _tell_changed(
    connection: Connection, changed: Sequence[NamedTest], doubles: Mapping[UUID, UUID], now: datetime
) -> None:
    """Tell of what is due at once after all.

    A clock that runs for a test that has become a double runs on, and stops with the one sample: a merge may
    be undone, and a clock that was taken back never runs again.
    """
    back = [
        test
        for test in changed
        if test.due_id not in doubles and test.at_once and test.opened_at is None and test.settled_at is None
    ]
    await due_tests.mark_opened(connection, [test.due_id for test in back], now)
    await outbox.put(connection, [due_events.demanded(test, now) for test in back], now=now)


def _settled(person: _Person, doubles: Mapping[UUID, UUID]) -> Mapping[UUID, Swab]:
    """By which swab each test is settled that is no double; a swab marked for a double is for its test."""
    owed = [
        replace(test.owed, series=settled_within(Source(test.source), test.series, test.due_id))
        for test in person.tests
        if test.due_id not in doubles
    ]
    swabs = [
        swab
        if swab.due_id is None or swab.due_id not in doubles
        else replace(swab, due_id=doubles[swab.due_id])
        for swab in person.swabs
    ]
    return settle(owed, swabs)


def _differs(test: NamedTest, swab: Swab | None) -> bool:
    return (test.settled_at, test.sample_id) != (swab and swab.sampled_at, swab and swab.sample_id)


async def tell_done(
    connection: Connection, done: Sequence[tuple[HeldTest, datetime, UUID]], now: datetime
) -> None:
    """Tell of what is done for which a clock runs: tests by themselves, rounds that are complete."""
    newly = [(test, sampled_at, id_) for test, sampled_at, id_ in done if test.settled_at is None]
    events = [
        due_events.settled(test.due_id, test.division, sampled_at, id_, at_once=test.at_once, now=now)
        for test, sampled_at, id_ in newly
        if test.opened_at is not None
    ]
    series = {test.series for test, _, _ in newly if test.source in IN_ROUNDS}
    if series:
        completed = await rounds.complete(connection, list(series))
        events += [due_events.round_done(one, now) for one in completed]
    await outbox.put(connection, events, now=now)
