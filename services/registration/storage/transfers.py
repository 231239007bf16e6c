"""The rows of transfers to central quarantine: what holds of each, and what was said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.quarantine.transfer import (
    Destination,
    Dispatch,
    Transfer,
    TransferState,
    TransferStatement,
    Withdrawal,
)
from services.registration.rules.telling import Telling
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "transfers.sql")


@dataclass(frozen=True, slots=True)
class TransferSaid:
    """One statement about a transfer as it was kept."""

    decided_at: datetime
    requested_at: datetime | None
    vehicle: str | None
    crew: str | None
    picked_up_at: datetime | None
    arrived_at: datetime | None
    site: str | None
    withdrawn_at: datetime | None
    reason_code: str | None
    recorded_at: datetime
    received_at: datetime


def _telling(row: Record, at: str, recorded_at: str) -> Telling | None:
    return None if row[at] is None else Telling(row[at], row[recorded_at])


def _withdrawal(row: Record) -> Withdrawal | None:
    if row["withdrawn_at"] is None:
        return None
    return Withdrawal(
        row["withdrawn_at"], row["withdrawal_recorded_at"], row["withdrawn_by"], row["reason_code"]
    )


def _held(row: Record) -> Transfer:
    vehicle, site = row["vehicle"], row["site"]
    return Transfer(
        id=row["transfer_id"],
        reference=row["reference"],
        division=row["division"],
        person_id=row["person_id"],
        decided=Telling(row["decided_at"], row["decision_recorded_at"]),
        arrived=_telling(row, "arrived_at", "arrival_recorded_at"),
        requested=_telling(row, "requested_at", "request_recorded_at"),
        dispatch=None if vehicle is None else Dispatch(row["vehicle_recorded_at"], vehicle, row["crew"]),
        picked_up=_telling(row, "picked_up_at", "pick_up_recorded_at"),
        destination=None if site is None else Destination(row["site_recorded_at"], site),
        withdrawn=_withdrawal(row),
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
        "requested_ats": [held.requested and held.requested.at for held in transfers],
        "request_recorded_ats": [held.requested and held.requested.recorded_at for held in transfers],
        "vehicles": [held.dispatch and held.dispatch.vehicle for held in transfers],
        "crews": [held.dispatch and held.dispatch.crew for held in transfers],
        "vehicle_recorded_ats": [held.dispatch and held.dispatch.recorded_at for held in transfers],
        "picked_up_ats": [held.picked_up and held.picked_up.at for held in transfers],
        "pick_up_recorded_ats": [held.picked_up and held.picked_up.recorded_at for held in transfers],
        "sites": [held.destination and held.destination.site for held in transfers],
        "site_recorded_ats": [held.destination and held.destination.recorded_at for held in transfers],
        "withdrawn_ats": [held.withdrawn and held.withdrawn.at for held in transfers],
        "withdrawal_recorded_ats": [held.withdrawn and held.withdrawn.recorded_at for held in transfers],
        "withdrawn_bys": [held.withdrawn and held.withdrawn.by for held in transfers],
        "reason_codes": [held.withdrawn and held.withdrawn.reason_code for held in transfers],
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
        requested_ats=[said.requested_at for said in statements],
        vehicles=[said.vehicle for said in statements],
        crews=[said.crew for said in statements],
        picked_up_ats=[said.picked_up_at for said in statements],
        sites=[said.site for said in statements],
        withdrawn_ats=[said.withdrawn_at for said in statements],
        reason_codes=[said.reason_code for said in statements],
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
    return [TransferSaid(**row) for row in rows]


async def list_page(connection: Connection, window: Window, state: TransferState | None) -> list[Transfer]:
    """Return the transfers of a window, in the order of division and id, with one row to spare."""
    if state is None:
        rows = await QUERIES.fetch(connection, "list_transfers", **window.values())
    else:
        rows = await QUERIES.fetch(connection, "list_transfers_in_state", state=state, **window.values())
    return [_held(row) for row in rows]


async def needless(
    connection: Connection, person_ids: Sequence[UUID], kinds: Sequence[str], today: date
) -> list[Transfer]:
    """Return the transfers that wait although their people's plans have no stage of `kinds` left."""
    rows = await QUERIES.fetch(
        connection, "needless_transfers", person_ids=list(person_ids), kinds=list(kinds), today=today
    )
    return [_held(row) for row in rows]


async def awaited_by_plans(connection: Connection, person_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Return who awaits a transfer that a plan asked for, and the reference by which it was asked for."""
    rows = await QUERIES.fetch(connection, "awaited_by_plans", person_ids=list(person_ids))
    return [(row["asked"], row["reference"]) for row in rows]
