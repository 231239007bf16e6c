"""The rows of the responsibility grid: people with their sealed details, and what they answer for."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.care.grid import GridPlace, Responsibility, Staff
from shared.contracts import derived_id
from shared.contracts.registration.care import responsible_id_of
from shared.postgres import Connection, Queries, Record
from shared.sealing import Sealer

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "grid.sql")


@dataclass(frozen=True, slots=True)
class StaffDetails:
    """What is known of somebody and lies sealed."""

    name: str
    telephone: str | None


@dataclass(frozen=True, slots=True)
class StoredStaff:
    """Somebody of the grid as they lie in the database."""

    staff: Staff
    details_sealed: bytes


@dataclass(frozen=True, slots=True)
class StoredResponsibility:
    """A responsibility and the id under which it is on record."""

    id: UUID
    held: Responsibility


def staff_id_of(key: str) -> UUID:
    """Return the id of whom the grid's documents call `key`."""
    return responsible_id_of(key)


def responsibility_id_of(key: str, role: str, place: GridPlace) -> UUID:
    """Return the id of a responsibility; a repeated line is the same one."""
    return derived_id("responsibility", key, role, place.division, place.block or "", place.building or "")


def seal_details(sealer: Sealer, staff_id: UUID, details: StaffDetails) -> bytes:
    """Return details sealed, bound to the person."""
    text = json.dumps({"name": details.name, "telephone": details.telephone}, ensure_ascii=False)
    return sealer.seal(text, purpose=staff_purpose(staff_id))


def open_details(sealer: Sealer, stored: StoredStaff) -> StaffDetails:
    """Return what was sealed; raises Unsealable when its key is not set any more."""
    return StaffDetails(
        **json.loads(sealer.open(stored.details_sealed, purpose=staff_purpose(stored.staff.id)))
    )


def staff_purpose(staff_id: UUID) -> str:
    """Return what the details of one of the grid's staff are sealed for."""
    return f"grid-staff {staff_id}"


def _staff(row: Record) -> StoredStaff:
    staff = Staff(row["staff_id"], row["key"], row["division"], tuple(row["roles"]), row["working"])
    return StoredStaff(staff, row["details_sealed"])


def _place(row: Record) -> GridPlace:
    return GridPlace(row["division"], row["block"], row["building"])


def _stored(row: Record) -> StoredResponsibility:
    held = Responsibility(row["staff_id"], row["key"], row["role"], _place(row))
    return StoredResponsibility(row["responsibility_id"], held)


async def find_staff(connection: Connection, keys: Iterable[str]) -> Mapping[str, StoredStaff]:
    """Return those of the people that are known, by key."""
    rows = await QUERIES.fetch(connection, "find_staff", keys=list(keys))
    return {row["key"]: _staff(row) for row in rows}


async def save_staff(connection: Connection, people: Sequence[StoredStaff], recorded_at: datetime) -> None:
    """Insert people or replace what is on record of them."""
    await QUERIES.execute(
        connection,
        "save_staff",
        staff_ids=[one.staff.id for one in people],
        keys=[one.staff.key for one in people],
        divisions=[one.staff.division for one in people],
        roles=[" ".join(one.staff.roles) for one in people],
        workings=[one.staff.working for one in people],
        details_sealeds=[one.details_sealed for one in people],
        recorded_at=recorded_at,
    )


async def list_staff(
    connection: Connection, bounds: tuple[str, str], *, after: str | None, most: int
) -> list[StoredStaff]:
    """Return the people of a subtree by key, those after `after`."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "list_staff", low=low, high=high, after=after, most=most)
    return [_staff(row) for row in rows]


async def add_responsibilities(
    connection: Connection, added: Sequence[StoredResponsibility], recorded_at: datetime
) -> set[UUID]:
    """Store responsibilities with the parts that they name, and return the ids of those that are new."""
    held = [one.held for one in added]
    rows = await QUERIES.fetch(
        connection,
        "add_responsibilities",
        responsibility_ids=[one.id for one in added],
        staff_ids=[one.staff_id for one in held],
        roles=[one.role for one in held],
        divisions=[one.place.division for one in held],
        blocks=[one.place.block for one in held],
        buildings=[one.place.building for one in held],
        recorded_at=recorded_at,
    )
    parts = {one.place for one in held if not one.place.is_whole}
    await QUERIES.execute(
        connection,
        "add_parts",
        divisions=[part.division for part in parts],
        blocks=[part.block or "" for part in parts],
        buildings=[part.building or "" for part in parts],
        recorded_at=recorded_at,
    )
    return {row["responsibility_id"] for row in rows}


async def find_responsibility(connection: Connection, responsibility_id: UUID) -> StoredResponsibility | None:
    """Return a responsibility and let nobody else drop it; None when there is none."""
    row = await QUERIES.fetchrow(connection, "find_responsibility", responsibility_id=responsibility_id)
    return None if row is None else _stored(row)


async def drop_responsibility(connection: Connection, responsibility_id: UUID) -> None:
    """Take a responsibility off the grid."""
    await QUERIES.execute(connection, "drop_responsibility", responsibility_id=responsibility_id)


async def at_work(connection: Connection, divisions: Iterable[str]) -> list[StoredResponsibility]:
    """Return what those who have not left answer for, in exactly these divisions."""
    rows = await QUERIES.fetch(connection, "at_work", divisions=list(divisions))
    return [_stored(row) for row in rows]


async def parts_of(connection: Connection, divisions: Iterable[str]) -> list[GridPlace]:
    """Return the blocks and buildings that anybody was ever named for."""
    rows = await QUERIES.fetch(connection, "parts_of", divisions=list(divisions))
    return [_place(row) for row in rows]


async def divisions_of_staff(connection: Connection, staff_ids: Iterable[UUID]) -> list[str]:
    """Return the divisions for which any of these people is named."""
    rows = await QUERIES.fetch(connection, "divisions_of_staff", staff_ids=list(staff_ids))
    return [row["division"] for row in rows]


async def held_roles(connection: Connection, roles: Iterable[str]) -> set[tuple[str, str]]:
    """Return role and division of everything that is held for a division as a whole."""
    rows = await QUERIES.fetch(connection, "held_roles", roles=list(roles))
    return {(row["role"], row["division"]) for row in rows}


async def uncovered_buildings(connection: Connection, role: str) -> Mapping[str, int]:
    """Return by district how many buildings of the grid nobody holds the role for."""
    rows = await QUERIES.fetch(connection, "uncovered_buildings", role=role)
    return {row["district"]: row["buildings"] for row in rows}
