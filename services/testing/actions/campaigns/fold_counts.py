"""Add up what was counted since the last look, so that reading the figures stays cheap."""

from services.testing.storage import campaign_counts
from shared.postgres import Database

AT_ONCE = 5_000


async def fold_counts(database: Database) -> bool:
    """Add up at most so many rows; returns whether more may be waiting."""
    async with database.transaction() as connection:
        return await campaign_counts.fold(connection, AT_ONCE) >= AT_ONCE
