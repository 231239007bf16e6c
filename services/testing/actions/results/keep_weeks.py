"""Make the tables of the coming weeks before their results come."""

from datetime import datetime, timedelta

from services.testing.storage import results as storage
from shared.postgres import Database

AHEAD = timedelta(weeks=8)


async def keep_weeks(database: Database, *, now: datetime) -> int:
    """Make the tables of this week and the eight that follow where they lack, and return how many.

    Results of a week that has none lie in a table of their own kind for ever: correct, if slower. May run in
    several processes at once.
    """
    async with database.transaction() as connection:
        return await storage.keep_weeks(connection, now, now + AHEAD)
