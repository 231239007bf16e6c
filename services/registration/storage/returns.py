"""The rows of returns: what holds of each, and what was said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.returns.return_merge import (
    Return,
    ReturnSource,
    ReturnState,
    ReturnStatement,
    Withdrawn,
)
from services.registration.rules.telling import Telling
from services.registration.storage.journeys import read_journey, write_journey
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "returns.sql")


@dataclass(frozen=True, slots=True)
class ReturnSaid:
    """One statement about a return as it was kept."""

    source: ReturnSource
    arrived_at: datetime
    registered_at: datetime | None
    recorded_at: datetime
    received_at: datetime
    reference: str


def held_return(row: Record) -> Return:
    """Return the return that a query gives."""
    registered_at: datetime | None = row["registered_at"]
    return Return(
        id=row["return_id"],
        reference=row["reference"],
        division=row["division"],
        arrived=Telling(row["arrived_at"], row["arrival_recorded_at"], row["arrival_source"]),
        registered=None
        if registered_at is None
        else Telling(registered_at, row["registration_recorded_at"], row["registration_source"]),
        last_arrival_at=row["last_arrival_at"],
        person_id=row["person_id"],
        journey=read_journey(row["facts"]),
        withdrawn_into=row["withdrawn_into"],
        withdrawn=None
        if row["withdrawn_at"] is None
        else Withdrawn(row["withdrawn_at"], row["withdrawn_reason"]),
    )


async def insert(connection: Connection, returns: Sequence[Return], received_at: datetime) -> set[UUID]:
    """Store what is new and return its ids; the rows come in the order of their ids, each once."""
    rows = await QUERIES.fetch(
        connection,
        "insert_returns",
        divisions=[held.division for held in returns],
        references=[held.reference for held in returns],
        received_at=received_at,
        **_columns(returns),
    )
    return {row["return_id"] for row in rows}


async def lock(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Return]:
    """Return what is known and let nobody else change it until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_returns", return_ids=list(ids))
    return {row["return_id"]: held_return(row) for row in rows}


async def update(connection: Connection, returns: Sequence[Return], changed_at: datetime) -> None:
    """Write what holds now."""
    await QUERIES.execute(connection, "update_returns", changed_at=changed_at, **_columns(returns))


def _columns(returns: Sequence[Return]) -> dict[str, Sequence[object]]:
    return {
        "return_ids": [held.id for held in returns],
        "states": [held.state for held in returns],
        "arrived_ats": [held.arrived.at for held in returns],
        "arrival_recorded_ats": [held.arrived.recorded_at for held in returns],
        "arrival_sources": [held.arrived.source for held in returns],
        "registered_ats": [held.registered and held.registered.at for held in returns],
        "registration_recorded_ats": [held.registered and held.registered.recorded_at for held in returns],
        "registration_sources": [held.registered and held.registered.source for held in returns],
        "last_arrival_ats": [held.last_arrival_at for held in returns],
        "person_ids": [held.person_id for held in returns],
        "withdrawn_intos": [held.withdrawn_into for held in returns],
        "withdrawn_ats": [held.withdrawn and held.withdrawn.at for held in returns],
        "withdrawn_reasons": [held.withdrawn and held.withdrawn.reason for held in returns],
    }


async def append(
    connection: Connection, statements: Sequence[ReturnStatement], received_at: datetime
) -> set[UUID]:
    """Keep statements and return the ids of those that had not been made before."""
    rows = await QUERIES.fetch(
        connection,
        "append_return_statements",
        return_ids=[said.id for said in statements],
        statement_ids=[said.statement_id for said in statements],
        sources=[said.source for said in statements],
        arrived_ats=[said.arrived_at for said in statements],
        registered_ats=[said.registered_at for said in statements],
        recorded_ats=[said.recorded_at for said in statements],
        received_froms=[said.received_from for said in statements],
        person_ids=[said.person_id for said in statements],
        divisions=[said.division for said in statements],
        references=[said.reference for said in statements],
        tolds=[write_journey(said.journey) if said.journey else None for said in statements],
        received_at=received_at,
    )
    return {row["statement_id"] for row in rows}


async def find(connection: Connection, return_id: UUID, bounds: tuple[str, str]) -> Return | None:
    """Return what holds of a return of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_return", return_id=return_id, low=low, high=high)
    return None if row is None else held_return(row)


async def statements_of(connection: Connection, return_id: UUID) -> list[ReturnSaid]:
    """Return everything that was said of a return, in the order of its receipt."""
    rows = await QUERIES.fetch(connection, "return_statements", return_id=return_id)
    return [
        ReturnSaid(
            ReturnSource(row["source"]),
            row["arrived_at"],
            row["registered_at"],
            row["recorded_at"],
            row["received_at"],
            row["reference"],
        )
        for row in rows
    ]


async def list_page(connection: Connection, window: Window, state: ReturnState | None) -> list[Return]:
    """Return the returns of a window, in the order of division and id, with one row to spare."""
    if state is None:
        rows = await QUERIES.fetch(connection, "list_returns", **window.values())
    else:
        rows = await QUERIES.fetch(connection, "list_returns_in_state", state=state, **window.values())
    return [held_return(row) for row in rows]


async def find_arrivals(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, datetime]]:
    """Return division and earliest arrival by what stands for a person: their id, or that of a return."""
    rows = await QUERIES.fetch(connection, "find_arrivals", ids=list(ids))
    return {row["stands_for"]: (row["division"], row["arrived_at"]) for row in rows}
