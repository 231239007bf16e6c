"""Correct a person: fields are replaced, and what was said before stays on record."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.registration import sealed_person
from services.registration.actions.people.identify_people import row_of, sealed_statement
from services.registration.actions.people.queue_suspects import queue_suspects
from services.registration.actions.people.read_people import NO_SUCH_PERSON, find_person
from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.actions.returns.keeping import Keeping
from services.registration.rules.day_count import day_of
from services.registration.rules.people.correction import Correction, corrected
from services.registration.rules.people.likeness import SuspectPair, common_division
from services.registration.rules.people.merging import WholePerson
from services.registration.rules.people.person import PersonStated, problems_of
from services.registration.sealed_person import Kept
from services.registration.storage import people as stored
from shared.access import Principal
from shared.errors import Conflict, InvalidInput, NotFound
from shared.postgres import Connection, Database
from shared.sealing import Sealer

TAKEN = "Another person has this identity document; whether the two are one is queued for somebody to decide."


async def correct_person(
    database: Database,
    keeping: Keeping,
    person_id: UUID,
    correction: Correction,
    *,
    principal: Principal,
    now: datetime,
) -> tuple[WholePerson, bool]:
    """Return the person as corrected, and whether that changed anything.

    Raises NotFound for whom the caller does not see, Forbidden for who is at home outside their subtree,
    InvalidInput, and Conflict when the identity document is another person's.
    """
    sealer = keeping.sealer
    async with database.transaction() as connection:
        found = await find_person(connection, sealer, person_id, principal.bounds())
        principal.must_reach(found.division)
        row = (await stored.lock(connection, [found.id]))[found.id]
        if row.merged_into is not None:
            raise NotFound(NO_SUCH_PERSON)
        kept = sealed_person.open_row(sealer, row)
        person = corrected(kept.person, correction)
        if problems := problems_of(person, day_of(now), keeping.divisions, keeping.occupations):
            raise InvalidInput("The correction has fields that are refused.", problems=problems)
        principal.must_reach(person.division)
        if person == kept.person:
            return found, False
        taken_by = await _whose_document(connection, sealer, found.id, person)
        if taken_by is None:
            after = Kept(person, kept.repetition)
            await _write(connection, sealer, found.id, after, correction, principal.id, now)
            if (kept.person.telephone, kept.person.name) != (person.telephone, person.name):
                await queue_suspects(connection, sealer, {found.id: person}, now=now)
            law = keeping.law.measures
            await decide_plans(connection, [found.id], law, now=now, cause="person-corrected")
            return await find_person(connection, sealer, found.id, principal.bounds()), True
        await _suspect(connection, found.id, person.division, *taken_by, now)
    raise Conflict(TAKEN)


async def _suspect(
    connection: Connection, person_id: UUID, division: str, other: UUID, elsewhere: str, now: datetime
) -> None:
    pair = SuspectPair.of(person_id, other)
    await stored.queue_suspects(connection, {pair: common_division([division, elsewhere])}, now)


async def _whose_document(
    connection: Connection, sealer: Sealer, person_id: UUID, person: PersonStated
) -> tuple[UUID, str] | None:
    """Return which other person has the identity document, and where they are at home."""
    if person.identity is None:
        return None
    keys = sealed_person.identity_fingerprints(sealer, person.identity)
    rows = list((await stored.find_by_keys(connection, keys, ())).values())
    survivors = await stored.resolve(connection, [row.person_id for row in rows])
    for row in rows:
        if survivors[row.person_id] != person_id:
            return survivors[row.person_id], row.division
    return None


async def _write(
    connection: Connection,
    sealer: Sealer,
    person_id: UUID,
    kept: Kept,
    correction: Correction,
    received_from: str,
    now: datetime,
) -> None:
    person = kept.person
    try:
        async with connection.transaction():
            await stored.update(connection, [row_of(sealer, person_id, person, kept.repetition)], now)
    except asyncpg.UniqueViolationError:
        raise Conflict(TAKEN) from None
    await stored.add_places(connection, {(person_id, person.division)})
    fingerprint = sealed_person.statement_fingerprints(sealer, person, now.isoformat())[0]
    await stored.append(
        connection,
        [sealed_statement(sealer, person_id, fingerprint, person)],
        received_at=now,
        received_from=received_from,
        correction=(sorted(correction.fields), correction.reason),
    )
