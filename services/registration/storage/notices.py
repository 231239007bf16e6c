"""The rows of notices from other provinces: whom and what each names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.movement.assistance_notice import EntryKind
from services.registration.rules.telling import Telling
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "notices.sql")


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as the table holds it: people sealed, everything else as it is compared."""

    id: UUID
    kind: EntryKind
    details_sealed: bytes | None
    vehicle: str | None
    lot_key: str | None
    named_on: date | None
    moments: tuple[datetime, datetime] | None


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A notice with how much it names."""

    id: UUID
    division: str
    issuer: str
    number: str
    received_at: datetime
    recorded_at: datetime
    first_received_at: datetime
    people: int
    vehicles: int
    goods: int


async def insert_notice(
    connection: Connection,
    id_: UUID,
    *,
    division: str,
    issuer: str,
    number: str,
    told: Telling,
    received_at: datetime,
) -> bool:
    """Store a notice and tell whether it is new."""
    row = await QUERIES.fetchrow(
        connection,
        "insert_notice",
        id=id_,
        division=division,
        issuer=issuer,
        number=number,
        occurred_at=told.at,
        recorded_at=told.recorded_at,
        received_at=received_at,
        received_from=told.source,
    )
    return row is not None


async def insert_entries(
    connection: Connection, notice_id: UUID, entries: Sequence[EntryRow], received_at: datetime
) -> set[UUID]:
    """Store what was not named before and return its ids; the rows come in the order of ids, each once."""
    rows = await QUERIES.fetch(
        connection,
        "insert_entries",
        notice_id=notice_id,
        entry_ids=[one.id for one in entries],
        kinds=[one.kind for one in entries],
        details_sealed=[one.details_sealed for one in entries],
        vehicles=[one.vehicle for one in entries],
        lot_keys=[one.lot_key for one in entries],
        named_ons=[one.named_on for one in entries],
        from_ats=[one.moments and one.moments[0] for one in entries],
        until_ats=[one.moments and one.moments[1] for one in entries],
        received_at=received_at,
    )
    return {row["entry_id"] for row in rows}


async def add_marks(connection: Connection, marks: Sequence[tuple[UUID, str, bytes]]) -> None:
    """Store the hashes by which people find themselves named."""
    ordered = sorted(marks)
    await QUERIES.execute(
        connection,
        "add_marks",
        entry_ids=[entry_id for entry_id, _, _ in ordered],
        kinds=[kind for _, kind, _ in ordered],
        marks=[mark for _, _, mark in ordered],
    )


async def people_after(connection: Connection, after: UUID, *, most: int) -> list[tuple[UUID, bytes]]:
    """Return people who were named, in the order of the entries' ids."""
    rows = await QUERIES.fetch(connection, "entries_after", after=after, most=most)
    return [(row["entry_id"], row["details_sealed"]) for row in rows]


async def reseal(connection: Connection, sealed: Sequence[tuple[UUID, bytes]]) -> None:
    """Write entries under a new seal."""
    await QUERIES.execute(
        connection,
        "reseal_entries",
        entry_ids=[id_ for id_, _ in sealed],
        details_sealed=[details for _, details in sealed],
    )


def _notice(row: Record) -> StoredNotice:
    return StoredNotice(
        row["notice_id"],
        row["division"],
        row["issuer"],
        row["number"],
        row["occurred_at"],
        row["recorded_at"],
        row["first_received_at"],
        row["people"],
        row["vehicles"],
        row["goods"],
    )


async def find_notice(
    connection: Connection, notice_id: UUID, bounds: tuple[str, str]
) -> StoredNotice | None:
    """Return a notice that a division of the subtree received; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_notice", id=notice_id, low=low, high=high)
    return None if row is None else _notice(row)


async def list_notices(connection: Connection, window: Window) -> list[StoredNotice]:
    """Return the notices of a window, in the order of division and id, with one row to spare."""
    return [_notice(row) for row in await QUERIES.fetch(connection, "list_notices", **window.values())]
