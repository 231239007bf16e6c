"""Add changes of coverage to the sums of every level of the tree."""

from services.testing.storage import coverage
from shared.postgres import Database

MOST = 20_000


async def fold_coverage(database: Database) -> int:
    """Add changes up and return how many; whoever reads meanwhile sees sums and changes of one moment."""
    async with database.transaction() as connection:
        return await coverage.fold(connection, MOST)
