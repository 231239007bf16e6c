"""Webhooks as their owners manage them: made, shown, paused, resumed, given a new secret, removed."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from services.reporting.storage import webhooks
from services.reporting.storage.webhooks import Delivery, Subscription
from shared.errors import NotFound
from shared.postgres import Database
from shared.sealing import Sealer

SEALED_AS = "webhook-secret"
SECRET_BYTES = 32
FORMER_SIGNS_FOR = timedelta(hours=24)
"""How long the former secret signs beside a new one, so that a receiver can change over."""

_NONE = "There is no such webhook."
Bounds = tuple[str, str]


def _new_secret() -> str:
    """A secret as Standard Webhooks write it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


async def make_webhook(
    database: Database,
    sealer: Sealer,
    *,
    division: str,
    url: str,
    events: Sequence[str],
    created_by: str,
    now: datetime,
) -> tuple[Subscription, str | None]:
    """Store a webhook and return it with its secret, which cannot be shown again.

    The same order of the same key again returns the webhook that there is, without a secret.
    """
    secret = _new_secret()
    new = Subscription(uuid4(), division, url, sorted(set(events)), "active", None, now, created_by, now)
    async with database.transaction() as connection:
        if not await webhooks.insert(connection, new, sealer.seal(secret, purpose=SEALED_AS)):
            return await webhooks.find_same(connection, new), None
    return new, secret


async def read_webhook(database: Database, webhook_id: UUID, bounds: Bounds) -> Subscription:
    """Return a webhook of the subtree; raises NotFound."""
    async with database.connection() as connection:
        found = await webhooks.find(connection, webhook_id, bounds)
    if found is None:
        raise NotFound(_NONE)
    return found


async def list_webhooks(
    database: Database, bounds: Bounds, after: tuple[str, UUID], most: int
) -> list[Subscription]:
    """Return webhooks of the subtree, by division."""
    async with database.connection() as connection:
        return await webhooks.list_page(connection, bounds, after, most)


async def set_webhook_state(
    database: Database, webhook_id: UUID, bounds: Bounds, *, active: bool, reason: str | None, now: datetime
) -> Subscription:
    """Pause or resume a webhook; what came due meanwhile is sent after it resumes. Raises NotFound."""
    state = "active" if active else "paused"
    async with database.transaction() as connection:
        if not await webhooks.set_state(connection, webhook_id, bounds, state, reason, now):
            raise NotFound(_NONE)
        found = await webhooks.find(connection, webhook_id, bounds)
    assert found is not None
    return found


async def rotate_webhook_secret(
    database: Database, sealer: Sealer, webhook_id: UUID, bounds: Bounds, *, now: datetime
) -> str:
    """Return a new secret; for a day both sign. Raises NotFound."""
    secret = _new_secret()
    async with database.transaction() as connection:
        changed = await webhooks.rotate_secret(
            connection,
            webhook_id,
            bounds,
            sealer.seal(secret, purpose=SEALED_AS),
            former_until=now + FORMER_SIGNS_FOR,
            now=now,
        )
    if not changed:
        raise NotFound(_NONE)
    return secret


async def delete_webhook(database: Database, webhook_id: UUID, bounds: Bounds) -> None:
    """Remove a webhook and its ledger; raises NotFound."""
    async with database.transaction() as connection:
        if not await webhooks.delete(connection, webhook_id, bounds):
            raise NotFound(_NONE)


async def list_deliveries(
    database: Database,
    webhook_id: UUID,
    bounds: Bounds,
    *,
    state: str | None,
    before: tuple[datetime, UUID],
    most: int,
) -> list[Delivery]:
    """Return what a webhook was told or is to be told, the newest first; raises NotFound."""
    async with database.connection() as connection:
        if await webhooks.find(connection, webhook_id, bounds) is None:
            raise NotFound(_NONE)
        return await webhooks.list_deliveries(connection, webhook_id, state, before, most)


async def retry_delivery(
    database: Database, webhook_id: UUID, delivery_id: UUID, bounds: Bounds, *, now: datetime
) -> None:
    """Make a delivery due now, also one that was delivered or given up; raises NotFound."""
    async with database.transaction() as connection:
        if not await webhooks.retry(connection, webhook_id, delivery_id, bounds, now):
            raise NotFound("There is no such delivery of this webhook.")
