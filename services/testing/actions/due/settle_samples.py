"""Settle due tests by the samples that were taken, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.testing.actions.due.settle_subjects import settle_subjects, tell_done
from services.testing.rules.due.settlement import KEPT, Taken, merged
from services.testing.storage import settlements
from shared.day_count import day_of
from shared.postgres import Connection

__all__ = ["Taken", "settle_lines", "settle_samples"]


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
        await tell_done(connection, done, now)
