"""Put people on the one list on which they stand, in the caller's transaction or by the duties."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.registration.rules.day_count import day_of
from services.registration.rules.plans import care_list
from services.registration.storage import care_facts, care_places
from services.registration.storage.care_facts import NOWHERE, Place
from shared.postgres import Connection, Database

MOST = 1000


async def place_people(connection: Connection, person_ids: Collection[UUID], *, now: datetime) -> int:
    """Put people where the facts on record put them and return how many were moved.

    To be called last in every transaction that changes such a fact: an announcement, an arrival, a
    registration, a plan, a stage, a transfer, a hand-over, a symptom, a release, a merge. The ids may be
    those of returns as well, where these stand for their people. Two transactions that change facts of one
    person wait for each other here, and the later one sees what the earlier has done.
    """
    ids = await care_facts.people_named(connection, list(person_ids)) if person_ids else []
    if not ids:
        return 0
    await care_facts.lock_places(connection, ids, now)
    return await care_facts.place(connection, await _places(connection, ids, now), now)


async def _places(connection: Connection, ids: Sequence[UUID], now: datetime) -> dict[UUID, Place]:
    """Return where the facts on record put people."""
    today = day_of(now)
    return {
        person.person_id: Place(
            person.division,
            person.facts and care_list.place(person.facts, today),
            person.facts and care_list.review_on(person.facts, today),
        )
        for person in await care_facts.facts_of(connection, ids)
    }


async def review_places(database: Database, *, now: datetime) -> int:
    """Place up to 1,000 people whom the passing of a day may have moved; return how many were looked at."""
    async with database.transaction() as connection:
        ids = await care_places.claim_reviews(connection, day_of(now), MOST)
        await place_people(connection, ids, now=now)
    return len(ids)


async def sweep_places(database: Database, after: UUID, *, now: datetime) -> tuple[UUID | None, int]:
    """Look at the next 1,000 people by id; return where to go on, None at the end, and how many were moved.

    What is moved here was changed by somebody who did not place the person: the count should stay at zero.
    """
    async with database.transaction() as connection:
        ids = await care_places.people_after(connection, after, MOST)
        written = await care_facts.places_of(connection, ids)
        strayed = [
            person_id
            for person_id, place in (await _places(connection, ids, now)).items()
            if place != written.get(person_id, Place(place.division, *NOWHERE))
        ]
        moved = await place_people(connection, strayed, now=now)
    return (ids[-1] if len(ids) == MOST else None), moved
