"""Queue people who may be one for somebody to decide, within the caller's transaction; nothing waits."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.registration import sealed_person
from services.registration.rules.people.likeness import (
    MOST_SUSPECTS,
    SuspectPair,
    common_division,
    may_be_the_same,
)
from services.registration.rules.people.person import PersonStated
from services.registration.storage import people as stored
from shared.postgres import Connection
from shared.sealing import Sealer


async def queue_suspects(
    connection: Connection, sealer: Sealer, people: Mapping[UUID, PersonStated], *, now: datetime
) -> dict[UUID, tuple[UUID, ...]]:
    """Hold people against all others of the same telephone and surname; return who may be whom.

    A pair that was decided on is not queued again. Two who are taken in at the same instant by two writers do
    not see each other; the next of the same telephone meets both.
    """
    hashes = {
        person_id: sealed_person.telephone_surname_fingerprints(sealer, person)
        for person_id, person in people.items()
    }
    asked = sorted({one for several in hashes.values() for one in several})
    if not asked:
        return {}
    alike = await stored.find_alike(connection, asked, most=MOST_SUSPECTS + 1)
    merged = [row.person_id for rows in alike.values() for row in rows if row.merged_into is not None]
    survivors = await stored.resolve(connection, merged) if merged else {}
    suspects: dict[UUID, set[UUID]] = defaultdict(set)
    pairs: dict[SuspectPair, str] = {}
    for person_id, person in people.items():
        for row in (row for one in hashes[person_id] for row in alike.get(one, ())):
            other = survivors.get(row.person_id, row.person_id)
            if row.person_id == person_id or other == person_id:
                continue
            if may_be_the_same(person, sealed_person.open_row(sealer, row).person):
                suspects[person_id].add(other)
                pairs[SuspectPair.of(person_id, other)] = common_division([person.division, row.division])
    if pairs:
        await stored.queue_suspects(connection, pairs, now)
    return {person_id: tuple(sorted(others)) for person_id, others in suspects.items()}
