"""The rows of delivery: what is due to whom on which channel, and every attempt on record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.alerts.rules.delivery_retry import AttemptState, DeliveryState, Outcome
from services.alerts.storage.pages import QUERIES
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A page that is to be handed to a channel now; without `sealed`, that channel is no more."""

    page_id: UUID
    person_id: UUID
    channel_position: int
    attempts: int
    kind: str | None
    gateway: bytes | None
    text_limit: int | None
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """An attempt that is about to be made."""

    id: UUID
    page_id: UUID
    number: int
    channel_position: int
    channel_kind: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as it is on record."""

    number: int
    channel_position: int
    channel_kind: str
    state: AttemptState
    reason: str | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far the delivery of a page has come; `channels` is how many its person has now."""

    page_id: UUID
    person_id: UUID
    state: DeliveryState
    channel_position: int
    attempts: int
    channels: int
    acknowledged: bool


async def due_deliveries(
    connection: Connection,
    *,
    now: datetime,
    busy_people: Iterable[UUID],
    busy_gateways: Iterable[bytes],
) -> list[DueDelivery]:
    """Return and lock up to 64 that are due, passing over people and gateways that are at their bound."""
    rows = await QUERIES.fetch(
        connection,
        "due_deliveries",
        now=now,
        busy_people=list(busy_people),
        busy_gateways=list(busy_gateways),
    )
    return [
        DueDelivery(
            page_id=row["page_id"],
            person_id=row["person_id"],
            channel_position=row["channel_position"],
            attempts=row["attempts"],
            kind=row["kind"],
            gateway=row["gateway"],
            text_limit=row["text_limit"],
            sealed=row["sealed"],
        )
        for row in rows
    ]


async def next_delivery_at(connection: Connection) -> datetime | None:
    """Return when the next delivery is due."""
    return await QUERIES.fetchval(connection, "next_delivery_at")


async def start_attempts(
    connection: Connection, attempts: Sequence[NewAttempt], *, now: datetime, lease_until: datetime
) -> None:
    """Write down that attempts are about to be made."""
    if not attempts:
        return
    page_ids = [attempt.page_id for attempt in attempts]
    await QUERIES.execute(connection, "start_deliveries", page_ids=page_ids, lease_until=lease_until)
    await QUERIES.execute(
        connection,
        "insert_attempts",
        ids=[attempt.id for attempt in attempts],
        page_ids=page_ids,
        numbers=[attempt.number for attempt in attempts],
        channel_positions=[attempt.channel_position for attempt in attempts],
        channel_kinds=[attempt.channel_kind for attempt in attempts],
        now=now,
    )


async def lock_delivery(connection: Connection, page_id: UUID) -> Delivery | None:
    """Return a delivery, locked until the transaction ends; None when there is none."""
    row = await QUERIES.fetchrow(connection, "lock_delivery", page_id=page_id)
    if row is None:
        return None
    return Delivery(
        page_id=row["page_id"],
        person_id=row["person_id"],
        state=DeliveryState(row["state"]),
        channel_position=row["channel_position"],
        attempts=row["attempts"],
        channels=row["channels"],
        acknowledged=row["acknowledged_at"] is not None,
    )


async def finish_attempt(
    connection: Connection, page_id: UUID, number: int, outcome: Outcome, *, now: datetime
) -> bool:
    """Write down what became of an attempt; False when that was settled already."""
    touched = await QUERIES.execute(
        connection,
        "finish_attempt",
        page_id=page_id,
        number=number,
        state=outcome.state,
        reason=outcome.reason or None,
        now=now,
    )
    return touched > 0


async def attempts_of_page(connection: Connection, page_id: UUID) -> list[Attempt]:
    """Return all attempts of a page, oldest first."""
    rows = await QUERIES.fetch(connection, "attempts_of_page", page_id=page_id)
    return [
        Attempt(
            number=row["number"],
            channel_position=row["channel_position"],
            channel_kind=row["channel_kind"],
            state=AttemptState(row["state"]),
            reason=row["reason"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
        )
        for row in rows
    ]


async def save_delivery(
    connection: Connection,
    page_id: UUID,
    *,
    state: DeliveryState,
    channel_position: int,
    next_attempt_at: datetime | None,
    finished_at: datetime | None,
) -> None:
    """Write down how a delivery goes on, or that it has ended."""
    await QUERIES.execute(
        connection,
        "save_delivery",
        page_id=page_id,
        state=state,
        channel_position=channel_position,
        next_attempt_at=next_attempt_at,
        finished_at=finished_at,
    )


async def cancel_delivery(connection: Connection, page_id: UUID, *, now: datetime) -> None:
    """Make no further attempt; one that is under way is left to end."""
    await QUERIES.execute(connection, "cancel_delivery", page_id=page_id, now=now)


async def lapsed_deliveries(connection: Connection, *, now: datetime) -> list[tuple[UUID, int]]:
    """Return page and number of up to 200 attempts whose lease is over without an outcome."""
    rows = await QUERIES.fetch(connection, "lapsed_deliveries", now=now)
    return [(row["page_id"], row["attempts"]) for row in rows]


async def reached_clocks(connection: Connection, page_id: UUID) -> set[UUID]:
    """Return the clocks of a page of which somebody else on the same rung was reached, or may yet be."""
    rows = await QUERIES.fetch(connection, "reached_clocks", page_id=page_id)
    return {row["clock_id"] for row in rows}


async def count_deliveries(connection: Connection) -> Mapping[DeliveryState, int]:
    """Return how many pages are waiting for an attempt or in the middle of one."""
    rows = await QUERIES.fetch(connection, "count_deliveries")
    return {DeliveryState(row["state"]): row["pages"] for row in rows}
