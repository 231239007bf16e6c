"""Read who answers for a person, for whom somebody answers, and who lacks somebody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.care.reassign_charge import must_find
from services.registration.storage import charges
from services.registration.storage.charges import ChargeChange, ListedCharge, PersonUnderCare, StoredCharge
from services.registration.storage.listing import Window
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class PersonsFive:
    """Everybody who answers or answered for a person."""

    person: PersonUnderCare
    held: list[StoredCharge]
    former: list[StoredCharge]


async def read_five(database: Database, person_id: UUID, *, reaches: Callable[[str], bool]) -> PersonsFive:
    """Return who answers for a person of the subtree, and who did; raises NotFound."""
    async with database.connection() as connection:
        person = await must_find(connection, person_id, reaches)
        held = await charges.charges_of(connection, [person.id])
        return PersonsFive(person, held, await charges.former_charges_of(connection, person.id))


async def list_missing(database: Database, window: Window) -> list[PersonUnderCare]:
    """Return those of a window who lack somebody, with one to spare."""
    async with database.connection() as connection:
        return await charges.list_missing(connection, window)


async def list_charges(database: Database, staff_id: UUID, window: Window) -> list[ListedCharge]:
    """Return for whom somebody answers, within a window, with one to spare."""
    async with database.connection() as connection:
        return await charges.list_charges_of_staff(connection, staff_id, window)


async def list_changes(
    database: Database,
    staff_id: UUID,
    bounds: tuple[str, str],
    after: tuple[datetime, UUID, str],
    most: int,
) -> list[ChargeChange]:
    """Return what began and ended for somebody behind a position, of the subtree, in the order of time."""
    async with database.connection() as connection:
        return await charges.changes_of_staff(connection, staff_id, bounds, after, most)
