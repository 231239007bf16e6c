"""The rows of orders to sequence positives, of what was said of each, and of their cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from services.testing.rules.sequencing.order import Exclusion, Order, OrderState
from services.testing.rules.sequencing.order import Sequence as FoundSequence
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "sequencing.sql")


@dataclass(frozen=True, slots=True)
class LinkedOrder:
    """An order with the case of its sample, as far as reporting has told."""

    order: Order
    case_id: UUID | None
    case_withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said of an order."""

    kind: OrderState
    said: Mapping[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime
    received_from: str


@dataclass(frozen=True, slots=True)
class NewEntry:
    """Something that is to be kept of an order."""

    sample_id: UUID
    said: Mapping[str, Any]
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Unordered:
    """A positive without an order."""

    sample_id: UUID
    division: str
    institution: str
    person_id: UUID | None
    positive_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Overdue:
    """An order that should have had its sequence or its reason."""

    sample_id: UUID
    division: str
    institution: str
    positive_at: datetime
    due_at: datetime


def _order(row: Record) -> Order:
    mutations = row["mutations"]
    return Order(
        sample_id=row["sample_id"],
        division=row["division"],
        institution=row["institution"],
        person_id=row["person_id"],
        positive_at=row["positive_at"],
        due_at=row["due_at"],
        state=OrderState(row["state"]),
        exclusion=None if row["exclusion"] is None else Exclusion(row["exclusion"], row["ct"]),
        sequence=None
        if row["accession"] is None
        else FoundSequence(
            row["laboratory"],
            row["lineage"],
            row["accession"],
            row["sequenced_at"],
            None if mutations is None else frozenset(mutations),
        ),
    )


def _linked(row: Record) -> LinkedOrder:
    return LinkedOrder(_order(row), row["case_id"], row["case_withdrawn_at"])


async def insert_orders(connection: Connection, orders: Sequence[Order], now: datetime) -> set[UUID]:
    """Keep orders of samples that have none and return the ids of those."""
    rows = await QUERIES.fetch(
        connection,
        "insert_orders",
        sample_ids=[one.sample_id for one in orders],
        divisions=[one.division for one in orders],
        institutions=[one.institution for one in orders],
        person_ids=[one.person_id for one in orders],
        positive_ats=[one.positive_at for one in orders],
        due_ats=[one.due_at for one in orders],
        states=[one.state for one in orders],
        now=now,
    )
    return {row["sample_id"] for row in rows}


async def name_person(connection: Connection, sample_id: UUID, person_id: UUID) -> None:
    """Keep whose sample it is, where that was not known."""
    await QUERIES.execute(connection, "name_person", sample_id=sample_id, person_id=person_id)


async def append(
    connection: Connection,
    kind: OrderState,
    entries: Sequence[NewEntry],
    *,
    received_from: str,
    now: datetime,
) -> None:
    """Keep what was said of orders, one thing of each."""
    await QUERIES.execute(
        connection,
        "append_entries",
        kind=kind,
        sample_ids=[one.sample_id for one in entries],
        saids=[orjson.dumps(one.said).decode() for one in entries],
        occurred_ats=[one.occurred_at for one in entries],
        recorded_ats=[one.recorded_at for one in entries],
        received_from=received_from,
        now=now,
    )


async def lock(connection: Connection, sample_id: UUID, bounds: tuple[str, str]) -> LinkedOrder | None:
    """Return an order of the subtree and keep it for this transaction; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "lock_order", sample_id=sample_id, low=low, high=high)
    return None if row is None else _linked(row)


async def find(connection: Connection, sample_id: UUID, bounds: tuple[str, str]) -> LinkedOrder | None:
    """Return an order of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_order", sample_id=sample_id, low=low, high=high)
    return None if row is None else _linked(row)


async def sample_of_accession(connection: Connection, accession: str) -> UUID | None:
    """Return whose sequence an accession is, wherever that sample was taken."""
    return await QUERIES.fetchval(connection, "order_of_accession", accession=accession)


async def update(connection: Connection, order: Order, now: datetime) -> None:
    """Write how an order stands."""
    exclusion, found = order.exclusion, order.sequence
    await QUERIES.execute(
        connection,
        "update_order",
        sample_id=order.sample_id,
        state=order.state,
        exclusion=exclusion and exclusion.reason_code,
        ct=exclusion and exclusion.ct,
        laboratory=found and found.laboratory,
        lineage=found and found.lineage,
        accession=found and found.accession,
        mutations=None if found is None or found.mutations is None else sorted(found.mutations),
        sequenced_at=found and found.sequenced_at,
        now=now,
    )


async def list_page(
    connection: Connection,
    bounds: tuple[str, str],
    after: tuple[datetime, UUID],
    most: int,
    *,
    state: OrderState | None,
    overdue_at: datetime | None,
) -> list[LinkedOrder]:
    """Return orders of a subtree by when their samples were found positive, of a state or overdue or all."""
    (low, high), (after_at, after_id) = bounds, after
    rows = await QUERIES.fetch(
        connection,
        "list_orders",
        low=low,
        high=high,
        after_at=after_at,
        after_id=after_id,
        most=most,
        state=state,
        overdue_at=overdue_at,
    )
    return [_linked(row) for row in rows]


async def entries_of(connection: Connection, sample_id: UUID) -> list[Entry]:
    """Return everything that was said of an order, in the order in which it came."""
    rows = await QUERIES.fetch(connection, "entries_of", sample_id=sample_id)
    return [
        Entry(
            OrderState(row["kind"]),
            row["said"],
            row["occurred_at"],
            row["recorded_at"],
            row["received_at"],
            row["received_from"],
        )
        for row in rows
    ]


async def beside(
    connection: Connection, lineage: str, bounds: tuple[str, str], most: int
) -> list[LinkedOrder]:
    """Return sequenced orders of a subtree whose lineage is this one, lies within it or holds it."""
    low, high = bounds
    parts = lineage.split(".")
    above = [".".join(parts[: end + 1]) for end in range(len(parts))]
    rows = await QUERIES.fetch(
        connection, "sequences_beside", lineage=lineage, above=above, low=low, high=high, most=most
    )
    return [_linked(row) for row in rows]


async def put_case(
    connection: Connection,
    sample_id: UUID,
    case_id: UUID,
    *,
    opened_at: datetime | None = None,
    withdrawn_at: datetime | None = None,
) -> None:
    """Keep the case of a sample, or that it was withdrawn."""
    await QUERIES.execute(
        connection,
        "put_case",
        sample_id=sample_id,
        case_id=case_id,
        opened_at=opened_at,
        withdrawn_at=withdrawn_at,
    )


async def positives_without_order(
    connection: Connection, since: datetime, until: datetime, most: int
) -> list[Unordered]:
    """Return positives that were received between two instants, hold, and have no order."""
    rows = await QUERIES.fetch(connection, "positives_without_order", since=since, until=until, most=most)
    return [
        Unordered(
            row["sample_id"],
            row["division"],
            row["institution"],
            row["person_id"],
            row["resulted_at"],
            row["recorded_at"],
        )
        for row in rows
    ]


async def claim_overdue(connection: Connection, now: datetime, most: int) -> list[Overdue]:
    """Return orders that are overdue and that nobody has been told of."""
    rows = await QUERIES.fetch(connection, "claim_overdue", now=now, most=most)
    return [
        Overdue(row["sample_id"], row["division"], row["institution"], row["positive_at"], row["due_at"])
        for row in rows
    ]


async def mark_overdue(connection: Connection, sample_ids: Sequence[UUID], now: datetime) -> None:
    """Note that orders have been told to be overdue."""
    await QUERIES.execute(connection, "mark_overdue", sample_ids=list(sample_ids), now=now)


async def figures(connection: Connection, now: datetime) -> Mapping[str, int]:
    """Return how many orders there are of each state, and overdue."""
    row = await QUERIES.fetchrow(connection, "sequencing_figures", now=now)
    assert row is not None
    return {name: row[name] for name in ("ordered", "excluded", "sequenced", "void", "overdue")}
