"""People as they are read: whole, in lists, with what is stored of them; and who was shown their data."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "person_reads.sql")


@dataclass(frozen=True, slots=True)
class SameRow:
    """One of the rows that stand for a person, sealed."""

    person_id: UUID
    division: str
    occupation: str | None
    details_sealed: bytes
    first_received_at: datetime
    is_seen: bool


@dataclass(frozen=True, slots=True)
class SaidOf:
    """One statement about a person, without what it said."""

    kind: str
    division: str
    fields: tuple[str, ...]
    reason: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class StoredOf:
    """Something that is stored of a person: a return, a plan."""

    id: UUID
    division: str
    state: str


@dataclass(frozen=True, slots=True)
class Unmasking:
    """That somebody was shown a person's data; `unmasked_by` is the id of a key or account."""

    id: UUID
    person_id: UUID
    division: str
    fields: tuple[str, ...]
    reason: str
    unmasked_at: datetime
    unmasked_by: str
    request_id: str


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Which rows of a list in the order of time are read."""

    bounds: tuple[str, str]
    most: int
    after: tuple[datetime, UUID]


async def find_same(
    connection: Connection, ids: Sequence[UUID], bounds: tuple[str, str]
) -> Mapping[UUID, list[SameRow]]:
    """Return for each id that the subtree sees all rows of the same person, the surviving one first.

    Whoever sees one of the rows sees the person.
    """
    low, high = bounds
    rows = await QUERIES.fetch(connection, "same_people", person_ids=list(ids), low=low, high=high)
    same: dict[UUID, list[SameRow]] = defaultdict(list)
    for row in rows:
        same[row["asked"]].append(
            SameRow(
                row["person_id"],
                row["division"],
                row["occupation"],
                row["details_sealed"],
                row["first_received_at"],
                row["is_seen"],
            )
        )
    return {asked: rows for asked, rows in same.items() if any(row.is_seen for row in rows)}


async def list_ids(connection: Connection, window: Window) -> list[UUID]:
    """Return the people at home in a subtree, in the order of division and id, with one to spare."""
    rows = await QUERIES.fetch(connection, "list_people", **window.values())
    return [row["person_id"] for row in rows]


async def statements_about(connection: Connection, ids: Sequence[UUID]) -> list[SaidOf]:
    """Return everything that was said of a person, in the order of its receipt."""
    rows = await QUERIES.fetch(connection, "statements_about", person_ids=list(ids))
    return [
        SaidOf(row["kind"], row["division"], tuple(row["fields"]), row["reason"], row["received_at"])
        for row in rows
    ]


async def stored_of(
    connection: Connection, what: str, ids: Sequence[UUID], bounds: tuple[str, str]
) -> list[StoredOf]:
    """Return the `returns` or `plans` of a person that the subtree sees."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, f"{what}_of_people", person_ids=list(ids), low=low, high=high)
    return [StoredOf(row["id"], row["division"], row["state"]) for row in rows]


async def announced_of(
    connection: Connection, ids: Sequence[UUID], bounds: tuple[str, str], today: date
) -> list[StoredOf]:
    """Return the announced returns of a person that the subtree sees, as they stand on a day."""
    low, high = bounds
    rows = await QUERIES.fetch(
        connection, "preregistrations_of_people", person_ids=list(ids), low=low, high=high, today=today
    )
    return [StoredOf(row["id"], row["division"], row["state"]) for row in rows]


async def append_unmasking(connection: Connection, unmasking: Unmasking) -> None:
    """Keep that somebody is shown a person's data."""
    await QUERIES.execute(
        connection,
        "append_unmasking",
        unmasking_id=unmasking.id,
        person_id=unmasking.person_id,
        division=unmasking.division,
        fields=list(unmasking.fields),
        reason=unmasking.reason,
        unmasked_at=unmasking.unmasked_at,
        unmasked_by=unmasking.unmasked_by,
        request_id=unmasking.request_id,
    )


async def list_unmaskings(
    connection: Connection, window: TimeWindow, person_id: UUID | None
) -> list[Unmasking]:
    """Return who was shown whose data, in the order of time, of one person or all."""
    (low, high), (after_at, after_id) = window.bounds, window.after
    values = {"low": low, "high": high, "after_at": after_at, "after_id": after_id, "most": window.most}
    if person_id is None:
        rows = await QUERIES.fetch(connection, "list_unmaskings", **values)
    else:
        rows = await QUERIES.fetch(connection, "list_unmaskings_of", person_id=person_id, **values)
    return [_unmasking(row) for row in rows]


def _unmasking(row: Record) -> Unmasking:
    return Unmasking(
        row["unmasking_id"],
        row["person_id"],
        row["division"],
        tuple(row["fields"]),
        row["reason"],
        row["unmasked_at"],
        row["unmasked_by"],
        row["request_id"],
    )
