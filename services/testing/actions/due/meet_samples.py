"""Hold due tests against samples that came before them, or while they were being stored."""

from dataclasses import dataclass
from datetime import datetime

from services.testing.actions.due.settle_samples import settle_lines
from services.testing.actions.due.settle_subjects import settle_subjects
from services.testing.storage import due_tests
from services.testing.storage.due_tests import Looks
from shared.postgres import Database

MOST = 5_000


@dataclass(frozen=True, slots=True)
class Met:
    """What a turn did: how many tests were looked at, and which wait for transactions to end."""

    looked_at: int
    waiting: Looks | None


async def meet_samples(database: Database, waiting: Looks | None, *, now: datetime) -> Met:
    """Settle tests by samples that their own transactions could not see of one another.

    A sample that is being stored while its due test is stored finds no test, and the test finds no sample.
    So each test is held against the samples once more, after every transaction has ended that had begun
    before the test could be seen; `waiting` is what the turn before returned.
    """
    if waiting is None:
        async with database.connection() as connection:
            waiting = await due_tests.looks(connection, MOST)
        if waiting is None:
            return Met(0, None)
    async with database.transaction() as connection:
        if not await due_tests.has_passed(connection, waiting.horizon):
            return Met(0, waiting)
        await settle_subjects(connection, waiting.subject_ids, now=now)
        await settle_lines(connection, waiting.line_ids, now=now)
        await due_tests.forget_looks(connection, waiting.look_ids)
    return Met(len(waiting.look_ids), None)
