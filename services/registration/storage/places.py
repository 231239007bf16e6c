"""The rows of key places: the register, orders to close them, what was abnormal, who was let in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.places.closure import ClosureOrder
from services.registration.rules.places.entry_check import EntryCheck, Refusal
from services.registration.rules.places.place import Closure, Place, PlaceStated
from services.registration.rules.telling import Telling
from services.registration.sealed_contact import SealedContact
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "places.sql")

NEWEST = 50
"""How many of the newest deeds of a place are shown with it."""


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """A place with who is in charge of it, sealed."""

    place: Place
    in_charge: SealedContact

    @property
    def id(self) -> UUID:
        """The place's id."""
        return self.place.id

    @property
    def division(self) -> str:
        """The place's division."""
        return self.place.division


@dataclass(frozen=True, slots=True)
class Abnormality:
    """Something abnormal that a place reported."""

    id: UUID
    kind: str
    note: str | None
    occurred_at: datetime
    received_at: datetime


def _stored(row: Record) -> StoredPlace:
    since: datetime | None = row["closed_since"]
    stated = PlaceStated(row["code"], row["division"], row["kind"], row["name"], row["address"])
    return StoredPlace(
        Place(stated, None if since is None else Closure(since, row["closed_reason"])),
        SealedContact(row["in_charge_sealed"], row["in_charge_fingerprint"]),
    )


async def insert(
    connection: Connection, places: Sequence[tuple[PlaceStated, SealedContact]], received_at: datetime
) -> set[UUID]:
    """Store what is new and return its ids; the rows come in the order of their ids, each once."""
    rows = await QUERIES.fetch(
        connection,
        "insert_places",
        codes=[stated.code for stated, _ in places],
        received_at=received_at,
        **_columns(places),
    )
    return {row["place_id"] for row in rows}


async def lock(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, StoredPlace]:
    """Return what is known and let nobody else change it until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_places", place_ids=list(ids))
    return {row["place_id"]: _stored(row) for row in rows}


async def update(
    connection: Connection, places: Sequence[tuple[PlaceStated, SealedContact]], changed_at: datetime
) -> None:
    """Write what holds now; findings of a place that moves to another division go with it."""
    await QUERIES.execute(connection, "update_places", changed_at=changed_at, **_columns(places))
    await QUERIES.execute(connection, "move_findings", place_ids=[stated.id for stated, _ in places])


def _columns(places: Sequence[tuple[PlaceStated, SealedContact]]) -> dict[str, Sequence[object]]:
    return {
        "place_ids": [stated.id for stated, _ in places],
        "divisions": [stated.division for stated, _ in places],
        "kinds": [stated.kind for stated, _ in places],
        "names": [stated.name for stated, _ in places],
        "addresses": [stated.address for stated, _ in places],
        "in_charge_sealed": [contact.sealed for _, contact in places],
        "in_charge_fingerprints": [contact.fingerprint for _, contact in places],
    }


async def find(connection: Connection, code: str, bounds: tuple[str, str]) -> StoredPlace | None:
    """Return a place of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_place", code=code, low=low, high=high)
    return None if row is None else _stored(row)


async def lock_one(connection: Connection, code: str, bounds: tuple[str, str]) -> StoredPlace | None:
    """Return a place of the subtree and let nobody else change it until the transaction ends."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "lock_place", code=code, low=low, high=high)
    return None if row is None else _stored(row)


async def list_page(
    connection: Connection, window: Window, *, kind: str | None, is_closed: bool | None
) -> list[StoredPlace]:
    """Return the places of a window, in the order of division and id, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_places", kind=kind, is_closed=is_closed, **window.values())
    return [_stored(row) for row in rows]


async def append_closure(connection: Connection, order: ClosureOrder, received_at: datetime) -> bool:
    """Keep an order and tell whether it had not been given before."""
    row = await QUERIES.fetchrow(
        connection,
        "append_closure",
        place_id=order.place_id,
        closure_id=order.id,
        closed=order.closed,
        reason=order.reason,
        received_at=received_at,
        **_told(order.told),
    )
    return row is not None


async def closures_of(connection: Connection, place_id: UUID) -> list[ClosureOrder]:
    """Return every order to close a place or to open it, by the time at which it holds."""
    rows = await QUERIES.fetch(connection, "closures_of", place_id=place_id)
    return [
        ClosureOrder(
            row["place_id"],
            row["closed"],
            row["reason"],
            Telling(row["occurred_at"], row["recorded_at"], row["received_from"]),
        )
        for row in rows
    ]


async def set_closure(
    connection: Connection, place_id: UUID, closure: Closure | None, changed_at: datetime
) -> None:
    """Write whether the place is closed now."""
    await QUERIES.execute(
        connection,
        "set_closure",
        place_id=place_id,
        since=closure and closure.since,
        reason=closure and closure.reason,
        changed_at=changed_at,
    )


async def insert_abnormality(
    connection: Connection,
    abnormality: Abnormality,
    place_id: UUID,
    told: Telling,
) -> bool:
    """Keep what was abnormal and tell whether it had not been reported before."""
    row = await QUERIES.fetchrow(
        connection,
        "insert_abnormality",
        id=abnormality.id,
        place_id=place_id,
        kind=abnormality.kind,
        note=abnormality.note,
        received_at=abnormality.received_at,
        **_told(told),
    )
    return row is not None


async def abnormalities_of(connection: Connection, place_id: UUID) -> list[Abnormality]:
    """Return the newest of what a place reported, the newest first."""
    rows = await QUERIES.fetch(connection, "abnormalities_of", place_id=place_id, most=NEWEST)
    return [
        Abnormality(row["abnormality_id"], row["kind"], row["note"], row["occurred_at"], row["received_at"])
        for row in rows
    ]


async def insert_entry_check(
    connection: Connection, check: EntryCheck, refusals: Sequence[Refusal], received_at: datetime
) -> bool:
    """Keep a check and tell whether it had not been made before."""
    row = await QUERIES.fetchrow(
        connection,
        "insert_entry_check",
        id=check.id,
        place_id=check.place_id,
        role=check.role,
        allowed=not refusals,
        rules=[refusal.rule for refusal in refusals],
        temperature=check.temperature,
        symptoms=sorted(check.symptoms),
        received_at=received_at,
        **_told(check.told),
    )
    return row is not None


async def rules_of_entry_check(connection: Connection, check: EntryCheck) -> tuple[bool, Sequence[str]]:
    """Return whether the check on record says the same, and the rules by which it was refused."""
    row = await QUERIES.fetchrow(connection, "find_entry_check", id=check.id)
    assert row is not None
    said = (row["role"], row["temperature"], frozenset(row["symptoms"]))
    return said == (check.role, check.temperature, check.symptoms), row["rules"]


def _told(told: Telling) -> dict[str, object]:
    return {"occurred_at": told.at, "recorded_at": told.recorded_at, "received_from": told.source}
