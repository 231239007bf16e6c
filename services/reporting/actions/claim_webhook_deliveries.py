"""Begin attempts for what a webhook is to be told: on record as started before anything is sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.reporting.storage import webhooks
from services.reporting.storage.webhooks import Claimed, Target
from shared.postgres import Database

LEASE = timedelta(seconds=60)
"""After this an attempt that never ended is made again; beyond the time-out of a call."""
TOGETHER = 10


async def due_webhooks(database: Database, *, now: datetime, most: int) -> Sequence[UUID]:
    """Return webhooks that have something due; `now` is real time."""
    async with database.connection() as connection:
        return await webhooks.due(connection, now, most)


async def claim_webhook_deliveries(
    database: Database, webhook_id: UUID, *, now: datetime
) -> tuple[Target | None, list[Claimed]]:
    """Begin attempts for up to ten deliveries; nothing where the webhook was paused or removed meanwhile."""
    async with database.transaction() as connection:
        target = await webhooks.target(connection, webhook_id, now)
        if target is None:
            return None, []
        return target, await webhooks.claim(
            connection, webhook_id, now=now, lease_until=now + LEASE, most=TOGETHER
        )
