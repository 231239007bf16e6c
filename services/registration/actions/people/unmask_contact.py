"""Show whole whom to call about something, to whoever may read it, and keep that it was shown."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from services.registration.rules.people.contact import ContactKind, Reachable
from services.registration.sealed_contact import in_charge_purpose, open_contact, organiser_purpose
from services.registration.sealed_entry import open_entry
from services.registration.sealed_in_charge import open_in_charge
from services.registration.storage import (
    contact_unmaskings,
    gatherings,
    grid,
    notice_matches,
    places,
    sentinels,
)
from services.registration.storage.contact_unmaskings import ContactUnmasking
from services.registration.storage.person_reads import TimeWindow
from services.registration.storage.preregistrations import PreregistrationRows
from shared.errors import NotFound
from shared.postgres import Connection, Database
from shared.sealing import Sealer

Bounds = tuple[str, str]
Reader = Callable[[Connection, Sealer, str, Bounds], Awaitable[Reachable | None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks to see something whole, and why; `by` is the id of a key or account."""

    bounds: Bounds
    reason: str
    by: str
    request_id: str


async def unmask_contact(
    database: Database, sealer: Sealer, kind: ContactKind, subject: str, asked: Asked, *, now: datetime
) -> Reachable:
    """Return a contact to be shown whole; that it was done is on record before anything is shown.

    Raises NotFound for what the subtree does not see, which is not kept.
    """
    async with database.transaction() as connection:
        found = await READERS[kind](connection, sealer, subject, asked.bounds)
        if found is None:
            raise NotFound("There is no such contact.")
        shown = ContactUnmasking(
            uuid4(),
            kind,
            subject,
            found.division,
            found.fields,
            asked.reason,
            now,
            asked.by,
            asked.request_id,
        )
        await contact_unmaskings.append(connection, shown)
    return found


async def list_contact_unmaskings(
    database: Database, window: TimeWindow, kind: ContactKind | None, subject: str | None
) -> list[ContactUnmasking]:
    """Return who was shown which contacts, in the order of time."""
    async with database.connection() as connection:
        return await contact_unmaskings.list_page(connection, window, kind, subject)


async def _staff(connection: Connection, sealer: Sealer, key: str, bounds: Bounds) -> Reachable | None:
    stored = (await grid.find_staff(connection, [key])).get(key)
    low, high = bounds
    if stored is None or not low <= stored.staff.division < high:
        return None
    details = grid.open_details(sealer, stored)
    return Reachable(ContactKind.STAFF, key, stored.staff.division, details.name, details.telephone)


async def _place(connection: Connection, sealer: Sealer, code: str, bounds: Bounds) -> Reachable | None:
    stored = await places.find(connection, code, bounds)
    if stored is None:
        return None
    contact = open_contact(sealer, stored.in_charge.sealed, purpose=in_charge_purpose(code))
    return Reachable(ContactKind.PLACE, code, stored.division, contact.name, contact.telephone)


async def _gathering(connection: Connection, sealer: Sealer, id_: str, bounds: Bounds) -> Reachable | None:
    stored = await gatherings.find(connection, UUID(id_), bounds)
    if stored is None:
        return None
    contact = open_contact(sealer, stored.organiser_sealed, purpose=organiser_purpose(stored.id))
    return Reachable(ContactKind.GATHERING, id_, stored.division, contact.name, contact.telephone)


async def _sentinel(connection: Connection, sealer: Sealer, code: str, bounds: Bounds) -> Reachable | None:
    stored = await sentinels.find(connection, code, bounds)
    if stored is None:
        return None
    person = open_in_charge(sealer, code, stored.in_charge_sealed)
    return Reachable(ContactKind.SENTINEL, code, stored.sentinel.division, person.name, person.telephone)


async def _announced(connection: Connection, sealer: Sealer, id_: str, bounds: Bounds) -> Reachable | None:
    held = await PreregistrationRows(sealer).find(connection, UUID(id_), bounds)
    if held is None:
        return None
    contact = held.announced.contact
    return Reachable(
        ContactKind.PREREGISTRATION, id_, held.division, contact.name, contact.telephone, contact.relation
    )


async def _matched(connection: Connection, sealer: Sealer, id_: str, bounds: Bounds) -> Reachable | None:
    match = await notice_matches.find_match(connection, UUID(id_), bounds)
    if match is None or match.details_sealed is None:
        return None  # a vehicle or goods: nobody is masked there
    entry = open_entry(sealer, match.entry_id, match.details_sealed)
    return Reachable(
        ContactKind.NOTICE_MATCH, id_, match.division, entry.name, entry.telephone, identity=entry.identity
    )


READERS: Mapping[ContactKind, Reader] = {
    ContactKind.STAFF: _staff,
    ContactKind.PLACE: _place,
    ContactKind.GATHERING: _gathering,
    ContactKind.SENTINEL: _sentinel,
    ContactKind.PREREGISTRATION: _announced,
    ContactKind.NOTICE_MATCH: _matched,
}
