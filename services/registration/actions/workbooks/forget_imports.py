"""Forget workbooks that were sent in long ago, with their refused rows."""

from datetime import datetime, timedelta

from services.registration.storage import imports
from shared.postgres import Database

KEPT = timedelta(days=7)
"""How long refused rows wait to be fetched and mended."""
TOGETHER = 100


async def forget_imports(database: Database, *, now: datetime) -> bool:
    """Forget what is older than a week; tell whether more is waiting."""
    async with database.transaction() as connection:
        return await imports.forget(connection, now - KEPT, TOGETHER) == TOGETHER
