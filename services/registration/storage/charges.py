"""The rows of five for one: who is under care, who answers for them, and whom to look at again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

from services.registration.rules.care.five import Charge
from services.registration.rules.care.grid import GridPlace
from services.registration.storage.listing import Window
from shared.divisions import subtree_bounds
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "charges.sql")


@dataclass(frozen=True, slots=True)
class StoredCharge:
    """A charge as it is on record; `key` is the mark of whoever answers."""

    id: UUID
    charge: Charge
    division: str
    key: str
    assigned_at: datetime
    ended_at: datetime | None = None
    ended_for: str | None = None


@dataclass(frozen=True, slots=True)
class CareState:
    """Where somebody lives, and whether five must answer for them."""

    person_id: UUID
    place: GridPlace
    under_care: bool
    management_ended_at: datetime | None = None
    """When the last plan ended; None for whoever has one open, or never had one."""
    merged_into: UUID | None = None
    """Whoever they turned out to be."""


@dataclass(frozen=True, slots=True)
class PersonUnderCare:
    """Somebody with the roles that nobody holds; `missing` is None for whom nobody needs to answer."""

    id: UUID
    place: GridPlace
    missing: tuple[str, ...] | None
    since: datetime | None

    @property
    def division(self) -> str:
        """Where the person lives."""
        return self.place.division


@dataclass(frozen=True, slots=True)
class ListedCharge:
    """A charge in the list of whoever answers."""

    id: UUID
    person_id: UUID
    role: str
    division: str
    assigned_at: datetime


class ChargeChangeKind(StrEnum):
    """What happened to a charge."""

    BEGUN = "begun"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ChargeChange:
    """That a charge began or ended for whoever answers."""

    id: UUID
    """The charge's."""
    person_id: UUID
    role: str
    division: str
    kind: ChargeChangeKind
    changed_at: datetime
    ended_for: str | None


def new_charge(charge: Charge, division: str, assigned_at: datetime) -> StoredCharge:
    """Return a charge that begins; who holds a role for a person is its natural key, so its id is random."""
    return StoredCharge(uuid4(), charge, division, "", assigned_at)


def _place(row: Record) -> GridPlace:
    return GridPlace(row["division"], row["block"], row["building"])


def _stored(row: Record) -> StoredCharge:
    return StoredCharge(
        id=row["charge_id"],
        charge=Charge(row["person_id"], row["role"], row["staff_id"]),
        division=row["division"],
        key=row["key"],
        assigned_at=row["assigned_at"],
        ended_at=row["ended_at"],
        ended_for=row["ended_for"],
    )


async def take_turn(connection: Connection) -> None:
    """Wait until nobody else changes the grid or charges, and keep them away until the transaction ends."""
    await QUERIES.execute(connection, "take_turn")


async def take_looks(connection: Connection, most: int) -> list[UUID]:
    """Take whom to look at next, each once, in the order of ids."""
    rows = await QUERIES.fetch(connection, "take_looks", most=most)
    return sorted({row["person_id"] for row in rows})


async def look_at(connection: Connection, person_ids: Iterable[UUID]) -> None:
    """Let the duty look at people again."""
    await QUERIES.execute(connection, "look_at", person_ids=list(person_ids))


async def look_at_charges_of(connection: Connection, staff_ids: Iterable[UUID]) -> None:
    """Let the duty look at everybody for whom these people answer now."""
    await QUERIES.execute(connection, "look_at_charges_of", staff_ids=list(staff_ids))


async def look_at_missing(connection: Connection, divisions: Iterable[str]) -> None:
    """Let the duty look at everybody of these subtrees who lacks somebody."""
    bounds = [subtree_bounds(division) for division in sorted(set(divisions))]
    await QUERIES.execute(
        connection, "look_at_missing", lows=[low for low, _ in bounds], highs=[high for _, high in bounds]
    )


async def states_of(connection: Connection, person_ids: Iterable[UUID]) -> list[CareState]:
    """Return where people live and whether five must answer for them, in the order of ids."""
    rows = await QUERIES.fetch(connection, "states_of", person_ids=list(person_ids))
    return [
        CareState(
            row["person_id"], _place(row), row["under_care"], row["management_ended_at"], row["merged_into"]
        )
        for row in rows
    ]


async def charges_of(connection: Connection, person_ids: Iterable[UUID]) -> list[StoredCharge]:
    """Return the charges that stand for people, by person and role."""
    rows = await QUERIES.fetch(connection, "charges_of", person_ids=list(person_ids))
    return [_stored(row) for row in rows]


async def former_charges_of(connection: Connection, person_id: UUID) -> list[StoredCharge]:
    """Return the last hundred charges that ended, newest first."""
    rows = await QUERIES.fetch(connection, "former_charges_of", person_id=person_id)
    return [_stored(row) for row in rows]


async def count_charges(connection: Connection, staff_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    """Return for how many people each of these answers; nobody for none."""
    rows = await QUERIES.fetch(connection, "count_charges", staff_ids=list(staff_ids))
    return {row["staff_id"]: row["charges"] for row in rows}


async def end_charges(connection: Connection, ended: Mapping[UUID, str], ended_at: datetime) -> None:
    """End charges, each for its reason."""
    await QUERIES.execute(
        connection,
        "end_charges",
        charge_ids=list(ended),
        ended_fors=list(ended.values()),
        ended_at=ended_at,
    )


async def add_charges(connection: Connection, added: Sequence[StoredCharge], assigned_at: datetime) -> None:
    """Store charges that begin."""
    await QUERIES.execute(
        connection,
        "add_charges",
        charge_ids=[one.id for one in added],
        person_ids=[one.charge.person_id for one in added],
        roles=[one.charge.role for one in added],
        staff_ids=[one.charge.staff_id for one in added],
        divisions=[one.division for one in added],
        assigned_at=assigned_at,
    )


async def keep_under_care(
    connection: Connection, kept: Sequence[tuple[CareState, tuple[str, ...]]], now: datetime
) -> None:
    """Note who is under care and which roles nobody holds for them."""
    await QUERIES.execute(
        connection,
        "keep_under_care",
        person_ids=[state.person_id for state, _ in kept],
        divisions=[state.place.division for state, _ in kept],
        missings=[" ".join(missing) for _, missing in kept],
        now=now,
    )


async def leave_care(connection: Connection, person_ids: Iterable[UUID]) -> None:
    """Note for whom nobody needs to answer any more."""
    await QUERIES.execute(connection, "leave_care", person_ids=list(person_ids))


async def find_under_care(connection: Connection, person_id: UUID) -> PersonUnderCare | None:
    """Return a person, found by their own id or one that was merged into theirs; None for nobody."""
    row = await QUERIES.fetchrow(connection, "find_under_care", person_id=person_id)
    if row is None:
        return None
    missing = None if row["missing"] is None else tuple(row["missing"])
    return PersonUnderCare(row["person_id"], _place(row), missing, row["since"])


async def save_grid_place(
    connection: Connection, person_id: UUID, place: GridPlace, recorded_at: datetime
) -> None:
    """Note in which block and building somebody lives."""
    await QUERIES.execute(
        connection,
        "save_grid_place",
        person_id=person_id,
        block=place.block,
        building=place.building,
        recorded_at=recorded_at,
    )


async def list_missing(connection: Connection, window: Window) -> list[PersonUnderCare]:
    """Return those under care who lack somebody, in the order of division and id, with one to spare."""
    rows = await QUERIES.fetch(connection, "list_missing", **window.values())
    return [
        PersonUnderCare(row["person_id"], GridPlace(row["division"]), tuple(row["missing"]), row["since"])
        for row in rows
    ]


async def list_charges_of_staff(connection: Connection, staff_id: UUID, window: Window) -> list[ListedCharge]:
    """Return for whom somebody answers, in the order of division and id, with one to spare."""
    rows = await QUERIES.fetch(connection, "list_charges_of_staff", staff_id=staff_id, **window.values())
    return [
        ListedCharge(row["charge_id"], row["person_id"], row["role"], row["division"], row["assigned_at"])
        for row in rows
    ]


async def changes_of_staff(
    connection: Connection,
    staff_id: UUID,
    bounds: tuple[str, str],
    after: tuple[datetime, UUID, str],
    most: int,
) -> list[ChargeChange]:
    """Return what began and ended for somebody behind a position, in the order of time."""
    after_at, after_id, after_change = after
    rows = await QUERIES.fetch(
        connection,
        "changes_of_staff",
        staff_id=staff_id,
        low=bounds[0],
        high=bounds[1],
        after_at=after_at,
        after_id=after_id,
        after_change=after_change,
        most=most,
    )
    return [
        ChargeChange(
            row["charge_id"],
            row["person_id"],
            row["role"],
            row["division"],
            ChargeChangeKind(row["change"]),
            row["changed_at"],
            row["ended_for"],
        )
        for row in rows
    ]


async def count_missing(connection: Connection) -> Mapping[tuple[str, str], int]:
    """Return by role and district how many people under care lack somebody."""
    rows = await QUERIES.fetch(connection, "count_missing")
    return {(row["role"], row["district"]): row["people"] for row in rows}
