"""The rows of transfers to central quarantine: what holds of each, and what was said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.quarantine.transfer import Transfer, TransferState, TransferStatement
from services.registration.rules.telling import Telling
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "transfers.sql")


@dataclass(frozen=True, slots=True)
class TransferSaid:
    """One statement about a transfer as it was kept."""

    decided_at: datetime
    arrived_at: datetime | None
    recorded_at: datetime
    received_at: datetime


def _held(row: Record) -> Transfer:
    arrived_at: datetime | None = row["arrived_at"]
    return Transfer(
        id=row["transfer_id"],
        reference=row["reference"],
        division=row["division"],
        person_id=row["person_id"],
        decided=Telling(row["decided_at"], row["decision_recorded_at"]),
        arrived=None if arrived_at is None else Telling(arrived_at, row["arrival_recorded_at"]),
    )


async def insert(connection: Connection, transfers: Sequence[Transfer], received_at: datetime) -> set[UUID]:
    """Store what is new and return its ids; the rows come in the order of their ids, each once."""
    rows = await QUERIES.fetch(
        connection,
        "insert_transfers",
        divisions=[held.division for held in transfers],
        references=[held.reference for held in transfers],
        person_ids=[held.person_id for held in transfers],
        received_at=received_at,
        **_columns(transfers),
    )
    return {row["transfer_id"] for row in rows}


async def lock(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Transfer]:
    """Return what is known and let nobody else change it until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_transfers", transfer_ids=list(ids))
    return {row["transfer_id"]: _held(row) for row in rows}


async def update(connection: Connection, transfers: Sequence[Transfer], changed_at: datetime) -> None:
    """Write what holds now."""
    await QUERIES.execute(connection, "update_transfers", changed_at=changed_at, **_columns(transfers))


def _columns(transfers: Sequence[Transfer]) -> dict[str, Sequence[object]]:
    return {
        "transfer_ids": [held.id for held in transfers],
        "states": [held.state for held in transfers],
        "decided_ats": [held.decided.at for held in transfers],
        "decision_recorded_ats": [held.decided.recorded_at for held in transfers],
        "arrived_ats": [held.arrived and held.arrived.at for held in transfers],
        "arrival_recorded_ats": [held.arrived and held.arrived.recorded_at for held in transfers],
    }


async def append(
    connection: Connection, statements: Sequence[TransferStatement], received_at: datetime
) -> set[UUID]:
    """Keep statements and return the ids of those that had not been made before."""
    rows = await QUERIES.fetch(
        connection,
        "append_transfer_statements",
        transfer_ids=[said.id for said in statements],
        statement_ids=[said.statement_id for said in statements],
        decided_ats=[said.decided_at for said in statements],
        arrived_ats=[said.arrived_at for said in statements],
        recorded_ats=[said.recorded_at for said in statements],
        received_froms=[said.received_from for said in statements],
        received_at=received_at,
    )
    return {row["statement_id"] for row in rows}


async def find(connection: Connection, transfer_id: UUID, bounds: tuple[str, str]) -> Transfer | None:
    """Return what holds of a transfer of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_transfer", transfer_id=transfer_id, low=low, high=high)
    return None if row is None else _held(row)


async def statements_of(connection: Connection, transfer_id: UUID) -> list[TransferSaid]:
    """Return everything that was said of a transfer, in the order of its receipt."""
    rows = await QUERIES.fetch(connection, "transfer_statements", transfer_id=transfer_id)
    return [
        TransferSaid(row["decided_at"], row["arrived_at"], row["recorded_at"], row["received_at"])
        for row in rows
    ]


async def list_page(connection: Connection, window: Window, state: TransferState | None) -> list[Transfer]:
    """Return the transfers of a window, in the order of division and id, with one row to spare."""
    if state is None:
        rows = await QUERIES.fetch(connection, "list_transfers", **window.values())
    else:
        rows = await QUERIES.fetch(connection, "list_transfers_in_state", state=state, **window.values())
    return [_held(row) for row in rows]
