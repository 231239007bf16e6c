"""Settle due tests by the samples that were taken, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from services.testing.actions.due import due_events
from services.testing.rules.due.asking import IN_ROUNDS
from services.testing.rules.due.settlement import KEPT, Swab, Taken, merged, settle
from services.testing.storage import rounds, settlements
from services.testing.storage.settlements import HeldTest, NamedTest
from shared import outbox
from shared.day_count import day_of
from shared.postgres import Connection

__all__ = ["Taken", "settle_lines", "settle_samples", "settle_subjects"]


async def settle_samples(connection: Connection, taken: Sequence[Taken], *, now: datetime) -> None:
    """Keep what was sampled of whom, and settle the due tests that it settles (town §9, city §8).

    May be called with the same samples again, and before the due test is there. A sample that must be taken
    again is told once more, with a higher revision and `stands` false.
    """
    swabs = [one for one in merged(taken) if one.sampled_at >= now - KEPT]
    if not swabs:
        return
    kept = await settlements.keep_samples(connection, swabs)
    if not kept.subjects:
        return
    await settle_subjects(connection, kept.subjects, now=now)
    await settle_lines(connection, await settlements.lines_for(connection, kept.purposeful), now=now)


async def settle_subjects(connection: Connection, subject_ids: Iterable[UUID], *, now: datetime) -> None:
    """Bring the due tests of subjects to what their samples amount to; may be called at any time."""
    since = day_of(now - KEPT)
    tests = await settlements.lock_tests_of(connection, subject_ids, since)
    if not tests:
        return
    of_subject: defaultdict[UUID, list[NamedTest]] = defaultdict(list)
    for test in tests:
        of_subject[test.subject_id].append(test)
    first = max(since, min(test.owed.from_on for test in tests))
    swabs = await settlements.swabs_of(connection, of_subject, first)
    changed: list[tuple[NamedTest, Swab | None]] = []
    for subject, own in of_subject.items():
        settled = settle([test.owed for test in own], swabs.get(subject, ()))
        outcome = [(test, settled.get(test.due_id)) for test in own]
        changed += [(test, swab) for test, swab in outcome if _differs(test, swab)]
    if changed:
        await settlements.settle_tests(connection, [(test.due_id, swab) for test, swab in changed])
        done = [(test, swab.sampled_at, swab.sample_id) for test, swab in changed if swab is not None]
        await _tell(connection, done, now)


def _differs(test: NamedTest, swab: Swab | None) -> bool:
    return (test.settled_at, test.sample_id) != (swab and swab.sampled_at, swab and swab.sample_id)


async def settle_lines(connection: Connection, due_ids: Sequence[UUID], *, now: datetime) -> None:
    """Bring lines to what was sampled for them; may be called at any time."""
    since = day_of(now - KEPT)
    if not due_ids or not (due_ids := await settlements.sampled_lines(connection, due_ids, since)):
        return
    lines = await settlements.lock_lines(connection, due_ids, since)
    if not lines:
        return
    found = await settlements.count_lines(connection, [line.due_id for line in lines])
    changed = [
        (line, found[line.due_id])
        for line in lines
        if (line.done, line.settled_at)
        != (min(found[line.due_id].found, line.wanted), found[line.due_id].settled_at)
    ]
    if changed:
        await settlements.settle_lines(connection, changed)
        done = [
            (line, counted.settled_at, counted.sample_id)
            for line, counted in changed
            if counted.settled_at is not None and counted.sample_id is not None
        ]
        await _tell(connection, done, now)


async def _tell(
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
