"""Rows of webhooks, of what they are to be told, and of every attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.reporting.rules.webhook_subscription import Listener
from services.reporting.storage import QUERIES
from shared.postgres import Connection, Record


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook as it may be shown: everything but its secret."""

    id: UUID
    division: str
    url: str
    events: list[str]
    state: str
    reason: str | None
    created_at: datetime
    created_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook, and how its last attempt went."""

    id: UUID
    event_type: str
    division: str
    state: str
    attempts: int
    next_attempt_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    status: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What a webhook is to be told."""

    id: UUID
    webhook_id: UUID
    event_type: str
    division: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery whose attempt has begun."""

    id: UUID
    body: bytes
    attempt: int


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook is told, and what signs, sealed."""

    url: str
    secrets_sealed: tuple[bytes, ...]


def _subscription(row: Record) -> Subscription:
    values: dict[str, Any] = dict(row)
    return Subscription(id=values.pop("webhook_id"), **values)


async def insert(connection: Connection, new: Subscription, secret_sealed: bytes) -> bool:
    """Store a new webhook; False when the same key has ordered the same before."""
    stored = await QUERIES.execute(
        connection,
        "insert_webhook",
        webhook_id=new.id,
        division=new.division,
        url=new.url,
        events=new.events,
        secret_sealed=secret_sealed,
        created_by=new.created_by,
        now=new.created_at,
    )
    return stored == 1


async def find_same(connection: Connection, new: Subscription) -> Subscription:
    """Return the webhook that the same key ordered before."""
    row = await QUERIES.fetchrow(
        connection,
        "find_same_webhook",
        created_by=new.created_by,
        division=new.division,
        url=new.url,
        events=new.events,
    )
    assert row is not None
    return _subscription(row)


async def find(connection: Connection, webhook_id: UUID, bounds: tuple[str, str]) -> Subscription | None:
    """Return a webhook of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_webhook", webhook_id=webhook_id, low=low, high=high)
    return None if row is None else _subscription(row)


async def list_page(
    connection: Connection, bounds: tuple[str, str], after: tuple[str, UUID], most: int
) -> list[Subscription]:
    """Return webhooks of a subtree in the order of division and id."""
    low, high = bounds
    rows = await QUERIES.fetch(
        connection,
        "list_webhooks",
        low=low,
        high=high,
        after_division=after[0],
        after_id=after[1],
        most=most,
    )
    return [_subscription(row) for row in rows]


async def set_state(
    connection: Connection,
    webhook_id: UUID,
    bounds: tuple[str, str],
    state: str,
    reason: str | None,
    now: datetime,
) -> bool:
    """Pause or resume a webhook of the subtree; False when there is none."""
    low, high = bounds
    return bool(
        await QUERIES.execute(
            connection,
            "set_webhook_state",
            webhook_id=webhook_id,
            low=low,
            high=high,
            state=state,
            reason=reason,
            now=now,
        )
    )


async def pause(connection: Connection, webhook_id: UUID, reason: str, now: datetime) -> None:
    """Pause a webhook whose receiver is gone."""
    await QUERIES.execute(connection, "pause_webhook", webhook_id=webhook_id, reason=reason, now=now)


async def rotate_secret(
    connection: Connection,
    webhook_id: UUID,
    bounds: tuple[str, str],
    secret_sealed: bytes,
    *,
    former_until: datetime,
    now: datetime,
) -> bool:
    """Give a webhook of the subtree a new secret; the former one signs as well until `former_until`."""
    low, high = bounds
    return bool(
        await QUERIES.execute(
            connection,
            "rotate_webhook_secret",
            webhook_id=webhook_id,
            low=low,
            high=high,
            secret_sealed=secret_sealed,
            former_until=former_until,
            now=now,
        )
    )


async def delete(connection: Connection, webhook_id: UUID, bounds: tuple[str, str]) -> bool:
    """Remove a webhook of the subtree with its deliveries; False when there is none."""
    low, high = bounds
    return bool(
        await QUERIES.execute(connection, "delete_webhook", webhook_id=webhook_id, low=low, high=high)
    )


async def listeners(connection: Connection, now: datetime) -> list[Listener]:
    """Return the webhooks that may be told something now."""
    rows = await QUERIES.fetch(connection, "listening_webhooks", now=now)
    return [Listener(row["webhook_id"], row["division"], row["events"], row["created_at"]) for row in rows]


async def queue(connection: Connection, deliveries: Sequence[NewDelivery], now: datetime) -> int:
    """Keep what is to be told, each thing once; return how many were new."""
    rows = await QUERIES.fetch(
        connection,
        "queue_deliveries",
        delivery_ids=[one.id for one in deliveries],
        webhook_ids=[one.webhook_id for one in deliveries],
        event_types=[one.event_type for one in deliveries],
        divisions=[one.division for one in deliveries],
        bodies=[one.body for one in deliveries],
        now=now,
    )
    return len(rows)


async def due(connection: Connection, now: datetime, most: int) -> list[UUID]:
    """Return webhooks that have something due."""
    rows = await QUERIES.fetch(connection, "due_webhooks", now=now, most=most)
    return [row["webhook_id"] for row in rows]


async def claim(
    connection: Connection, webhook_id: UUID, *, now: datetime, lease_until: datetime, most: int
) -> list[Claimed]:
    """Begin attempts for what is due to a webhook; an attempt that never ended is settled as unknown."""
    rows = await QUERIES.fetch(
        connection, "claim_deliveries", webhook_id=webhook_id, now=now, lease_until=lease_until, most=most
    )
    claimed = [Claimed(row["delivery_id"], row["body"], row["attempts"]) for row in rows]
    ids = [one.id for one in claimed]
    if ids:
        await QUERIES.execute(connection, "settle_lapsed_attempts", delivery_ids=ids, now=now)
        await QUERIES.execute(
            connection,
            "begin_attempts",
            delivery_ids=ids,
            attempts=[one.attempt for one in claimed],
            now=now,
        )
    return claimed


async def target(connection: Connection, webhook_id: UUID, now: datetime) -> Target | None:
    """Return where a webhook is told; None when it was paused or removed meanwhile."""
    row = await QUERIES.fetchrow(connection, "webhook_target", webhook_id=webhook_id)
    if row is None:
        return None
    former = [row["former_secret_sealed"]] if row["former_until"] and row["former_until"] > now else []
    return Target(row["url"], (row["secret_sealed"], *former))


async def end_attempt(
    connection: Connection,
    claimed: Claimed,
    *,
    outcome: str,
    status: int | None,
    reason: str | None,
    state: str,
    next_attempt_at: datetime | None,
    now: datetime,
) -> None:
    """Keep how an attempt went and what follows from it."""
    await QUERIES.execute(
        connection,
        "end_attempt",
        delivery_id=claimed.id,
        attempt=claimed.attempt,
        outcome=outcome,
        status=status,
        reason=reason,
        now=now,
    )
    await QUERIES.execute(
        connection,
        "settle_delivery",
        delivery_id=claimed.id,
        state=state,
        next_attempt_at=next_attempt_at,
        now=now,
    )


async def retry(
    connection: Connection, webhook_id: UUID, delivery_id: UUID, bounds: tuple[str, str], now: datetime
) -> bool:
    """Make a delivery due now, whatever became of it before; False when there is none."""
    low, high = bounds
    found = await QUERIES.fetchval(
        connection,
        "retry_delivery",
        webhook_id=webhook_id,
        delivery_id=delivery_id,
        low=low,
        high=high,
        now=now,
    )
    return found is not None


async def list_deliveries(
    connection: Connection, webhook_id: UUID, state: str | None, before: tuple[datetime, UUID], most: int
) -> list[Delivery]:
    """Return deliveries, the newest first."""
    rows = await QUERIES.fetch(
        connection,
        "list_deliveries",
        webhook_id=webhook_id,
        state=state,
        before_at=before[0],
        before_id=before[1],
        most=most,
    )
    return [_delivery(dict(row)) for row in rows]


def _delivery(values: dict[str, Any]) -> Delivery:
    return Delivery(id=values.pop("delivery_id"), **values)


async def figures(connection: Connection) -> tuple[int, int, datetime | None]:
    """Return how many deliveries are pending and exhausted, and since when the oldest is pending."""
    row = await QUERIES.fetchrow(connection, "count_deliveries")
    assert row is not None
    return row["pending"], row["exhausted"], row["oldest_pending"]


async def forget(connection: Connection, before: datetime, most: int) -> int:
    """Forget deliveries that have ended and came before a moment."""
    return await QUERIES.execute(connection, "forget_deliveries", before=before, most=most)
