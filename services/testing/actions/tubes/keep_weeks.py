"""Make the tables of the coming weeks before their samples and steps come."""

from datetime import datetime, timedelta

from services.testing.storage import tubes
from shared.postgres import Database

AHEAD = timedelta(weeks=8)
BEHIND = timedelta(weeks=1)
"""A sampling point that was offline tells of last week's steps."""


async def keep_weeks(database: Database, *, now: datetime) -> int:
    """Make the tables from last week to eight weeks on where they lack, and return how many were made.

    May run in several processes at once.
    """
    async with database.transaction() as connection:
        return await tubes.keep_weeks(connection, now - BEHIND, now + AHEAD)
