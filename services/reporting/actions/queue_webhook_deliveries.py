"""Keep what webhooks are to be told of events, within one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.reporting.rules.webhook_subscription import Listener
from services.reporting.storage import webhooks
from services.reporting.storage.webhooks import NewDelivery
from shared.contracts import derived_id
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class Published:
    """An event as it came from the bus; `body` is the CloudEvent in structured mode, as bytes of JSON."""

    id: str
    type: str
    division: str
    published_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Announced:
    """What a message says of its event from outside; most events are wanted by nobody and never opened.

    `open` checks the contract and writes the body; None for what breaks its contract.
    """

    type: str
    division: str
    published_at: datetime
    open: Callable[[], Published | None]


async def queue_webhook_deliveries(database: Database, events: Sequence[Announced], *, now: datetime) -> int:
    """Keep a delivery for each webhook that wants an event, and return how many are new.

    Safe to repeat: an event that comes twice is told once. Whom it is for is decided by what was opened.
    """
    async with database.transaction() as connection:
        listeners = await webhooks.listeners(connection, now)
        opened = [announced.open() for announced in events if _wanted(listeners, announced)]
        wanted = [
            NewDelivery(_delivery_id(listener.id, event), listener.id, event.type, event.division, event.body)
            for event in opened
            if event is not None
            for listener in listeners
            if listener.wants(event.type, event.division, event.published_at)
        ]
        return await webhooks.queue(connection, wanted, now) if wanted else 0


def _wanted(listeners: Sequence[Listener], event: Announced) -> bool:
    return any(listener.wants(event.type, event.division, event.published_at) for listener in listeners)


def _delivery_id(webhook_id: UUID, event: Published) -> UUID:
    return derived_id("webhook-delivery", webhook_id, event.id)
