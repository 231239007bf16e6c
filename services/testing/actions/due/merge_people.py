"""Let two records be one person, or two again 人员合并与撤销: due tests, samples, lines and pools follow."""

from datetime import datetime

from services.testing.actions.due.settle_samples import settle_lines
from services.testing.actions.due.settle_subjects import settle_subjects
from services.testing.actions.tubes.settle_pools import pools_of, settle_pools
from services.testing.rules.due.doubles import Merge, survivors_of
from services.testing.rules.due.settlement import KEPT
from services.testing.storage import same_people, settlements
from shared import outbox
from shared.contracts.registration import MergeUndone, PersonMerged
from shared.day_count import day_of
from shared.postgres import Database


async def merge_people(database: Database, event: PersonMerged | MergeUndone, *, now: datetime) -> None:
    """Keep a merge or its undoing, and bring due tests to it; told twice, or the undoing first, is the same.

    A sample of either record settles the tests of both, what both are asked for alike is due once, a line
    counts them once, and what was found under either decides about a member of a pool. What is being stored
    meanwhile is looked at again by the duties `meet-samples` and `look-again-at-tubes`.
    """
    merge = Merge(event.person_id, event.merged_person_id)
    undone_at = event.occurred_at if isinstance(event, MergeUndone) else None
    async with database.transaction() as connection:
        await same_people.take_turn(connection)
        await same_people.keep_merge(connection, event.decision_id, merge, undone_at=undone_at)
        two = {event.person_id, event.merged_person_id}
        records = two | set(await same_people.records_of(connection, two))
        survivors = survivors_of(records, await same_people.merges_of(connection, records))
        await same_people.write_records(connection, records, survivors)
        pool_ids = await pools_of(connection, (), records)
        await outbox.put(connection, await settle_pools(connection, pool_ids, now=now), now=now)
        await settle_subjects(connection, records, now=now)
        swabs = await same_people.purposeful_of(connection, records, day_of(now - KEPT))
        lines = await settlements.lines_for(connection, swabs)
        await settle_lines(connection, lines, now=now)
        await same_people.look_at_tests(connection, records, lines)
