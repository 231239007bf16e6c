"""Look after the ledger of deliveries: figures, and the end of what is old."""

from datetime import datetime, timedelta

from services.reporting.storage import webhooks
from shared.postgres import Database

KEPT = timedelta(days=30)
TOGETHER = 5_000


async def review_webhooks(database: Database, *, now: datetime) -> tuple[int, int, float]:
    """Return how many deliveries are pending and given up, and the oldest one's age; forget old ones."""
    async with database.transaction() as connection:
        await webhooks.forget(connection, now - KEPT, TOGETHER)
        pending, exhausted, oldest = await webhooks.figures(connection)
    return pending, exhausted, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
