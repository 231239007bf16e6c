"""Make room for the samples of weeks to come, and forget those that no due test needs any more."""

from datetime import datetime, timedelta

from services.testing.rules.due.settlement import KEPT
from services.testing.storage import settlements
from shared.postgres import Database

AHEAD = timedelta(weeks=4)


async def keep_sample_weeks(database: Database, *, now: datetime) -> int:
    """Bring the tables of weeks to the present and return how many changed; several processes may do so."""
    async with database.transaction() as connection:
        return await settlements.keep_weeks(
            connection, now - timedelta(weeks=1), now + AHEAD, now - KEPT - timedelta(weeks=1)
        )
