"""Read people: one with all that is stored of them, a page of many, or whoever has a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registration import sealed_person
from services.registration.rules.people.identity import Identity
from services.registration.rules.people.merging import Record, WholePerson, whole
from services.registration.storage import people as stored
from services.registration.storage import person_reads, suspects
from services.registration.storage.listing import Window
from services.registration.storage.person_reads import SaidOf, SameRow, StoredOf
from services.registration.storage.suspects import Decision
from shared.errors import NotFound
from shared.postgres import Connection, Database
from shared.sealing import Sealer

NO_SUCH_PERSON = "There is no such person."
MOST_FOUND = 100


@dataclass(frozen=True, slots=True)
class PersonRead:
    """A person with what is stored of them, under whichever of their ids."""

    whole: WholePerson
    said: list[SaidOf]
    merges: list[Decision]
    returns: list[StoredOf]
    plans: list[StoredOf]
    preregistrations: list[StoredOf]


async def read_person(
    database: Database, sealer: Sealer, person_id: UUID, bounds: tuple[str, str], *, today: date
) -> PersonRead:
    """Return a person whom the subtree sees, by any of their ids; raises NotFound."""
    async with database.connection() as connection:
        person = await find_person(connection, sealer, person_id, bounds)
        return PersonRead(
            whole=person,
            said=await person_reads.statements_about(connection, person.ids),
            merges=await suspects.standing_merges_of(connection, person.merged),
            returns=await person_reads.stored_of(connection, "returns", person.ids, bounds),
            plans=await person_reads.stored_of(connection, "plans", person.ids, bounds),
            preregistrations=await person_reads.announced_of(connection, person.ids, bounds, today),
        )


async def find_person(
    connection: Connection, sealer: Sealer, person_id: UUID, bounds: tuple[str, str]
) -> WholePerson:
    """Return a person whom the subtree sees, by any of their ids; raises NotFound."""
    rows = (await person_reads.find_same(connection, [person_id], bounds)).get(person_id)
    if rows is None:
        raise NotFound(NO_SUCH_PERSON)
    return _whole(sealer, rows)


async def find_people(
    connection: Connection, sealer: Sealer, ids: Sequence[UUID], bounds: tuple[str, str]
) -> list[WholePerson]:
    """Return the people of the ids that the subtree sees, each once, in the order of the ids."""
    same = await person_reads.find_same(connection, ids, bounds)
    found = [_whole(sealer, same[id_]) for id_ in ids if id_ in same]
    return list({person.id: person for person in found}.values())


def _whole(sealer: Sealer, rows: Sequence[SameRow]) -> WholePerson:
    return whole(
        [
            Record(row.person_id, sealed_person.open_row(sealer, row).person, row.first_received_at)
            for row in rows
        ]
    )


async def list_people(database: Database, sealer: Sealer, window: Window) -> list[WholePerson]:
    """Return the people at home in a window's subtree, with one to spare."""
    async with database.connection() as connection:
        ids = await person_reads.list_ids(connection, window)
        return await find_people(connection, sealer, ids, window.bounds)


async def search_people(
    database: Database,
    sealer: Sealer,
    *,
    identity: Identity | None,
    telephone: str | None,
    bounds: tuple[str, str],
) -> list[WholePerson]:
    """Return whom the subtree sees of those with an identity document or a telephone number."""
    identities = () if identity is None else sealed_person.identity_fingerprints(sealer, identity)
    telephones = () if telephone is None else sealed_person.telephone_fingerprints(sealer, telephone)
    async with database.connection() as connection:
        traced = await stored.find_by_fingerprints(connection, identities, telephones)
        ids = sorted({one.person_id for one in traced})[:MOST_FOUND]
        return await find_people(connection, sealer, ids, bounds)
