"""Keep how an attempt to tell a webhook went, and what follows from it."""

from datetime import datetime
from uuid import UUID

from services.reporting.rules.webhook_retry import Outcome, next_step
from services.reporting.storage import webhooks
from services.reporting.storage.webhooks import Claimed
from shared.postgres import Database


async def record_webhook_attempt(
    database: Database,
    webhook_id: UUID,
    claimed: Claimed,
    *,
    outcome: Outcome,
    status: int | None,
    reason: str | None,
    now: datetime,
) -> str:
    """Keep an attempt's end and return the delivery's state; a receiver that is gone pauses its webhook."""
    following = next_step(outcome, status, claimed.attempt, now)
    async with database.transaction() as connection:
        await webhooks.end_attempt(
            connection,
            claimed,
            outcome=outcome,
            status=status,
            reason=reason,
            state=following.state,
            next_attempt_at=following.at,
            now=now,
        )
        if following.pauses:
            await webhooks.pause(connection, webhook_id, "the receiver answered 410 Gone", now)
    return following.state
