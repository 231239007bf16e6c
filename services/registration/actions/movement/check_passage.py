"""Check whether somebody may move, by what is on record of them; nothing is written."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration import sealed_person
from services.registration.rules.day_count import day_of
from services.registration.rules.movement.passage import Passage, judge_passage
from services.registration.rules.people.identity import Identity
from services.registration.storage import movement
from services.registration.storage import people as stored_people
from services.registration.storage.movement import FoundMover
from shared.errors import NotFound
from shared.policy.movement import PassageKind, Passes
from shared.postgres import Connection, Database
from shared.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Checked:
    """Who was checked, and whether they may move."""

    found: FoundMover
    passage: Passage


async def check_passage(
    database: Database,
    who: UUID | Identity,
    kind: PassageKind,
    law: Passes,
    stay_at_work: AbstractSet[str],
    sealer: Sealer,
    *,
    for_work: bool,
    bounds: tuple[str, str],
    now: datetime,
) -> Checked:
    """Return whether somebody may move in a way; raises NotFound for whoever the caller may not see."""
    async with database.connection() as connection:
        person_id = who if isinstance(who, UUID) else await _find(connection, sealer, who)
        survivors = await stored_people.resolve(connection, [person_id] if person_id else [])
        survivor = person_id and survivors.get(person_id)
        if survivor is None:
            raise NotFound("Nobody of the kind is on record here.")
        same = (await stored_people.merged_into(connection, [survivor]))[survivor]
        found = await movement.find_mover(connection, survivor, same, bounds, day_of(now))
    if found is None:
        raise NotFound("Nobody of the kind is on record here.")
    return Checked(found, judge_passage(found.mover, kind, law, stay_at_work, for_work=for_work))


async def _find(connection: Connection, sealer: Sealer, identity: Identity) -> UUID | None:
    keys = sealed_person.identity_fingerprints(sealer, identity)
    found = await stored_people.find_by_keys(connection, keys, ())
    return next((found[key].person_id for key in keys if key in found), None)
