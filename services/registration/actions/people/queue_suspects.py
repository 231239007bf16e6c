"""Queue people who may be one for somebody to decide: at once, and once more for what others were writing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
from shared.postgres import Connection, Database
from shared.sealing import Sealer

LOOKS_AT_ONCE = 500


async def queue_suspects(
    connection: Connection, sealer: Sealer, people: Mapping[UUID, PersonStated], *, now: datetime
) -> dict[UUID, tuple[UUID, ...]]:
    """Hold people against all others of the same telephone and surname; return who may be whom.

    A pair that was decided on is not queued again. It is done within the caller's transaction, and nothing
    waits: two who are taken in at the same instant by two writers do not see each other, so each of them is
    put on a list, and `look_again` sees both when both are there.
    """
    suspects = await _hold_against_all(connection, sealer, list(people.items()), now)
    reachable = [person_id for person_id, person in people.items() if person.telephone is not None]
    if reachable:
        await stored.note_looks(connection, reachable)
    return suspects


async def look_again(database: Database, sealer: Sealer, *, now: datetime) -> bool:
    """Hold some of those taken in against others once more; tell whether more are waiting.

    Of two who did not see each other, whoever is looked at last sees the other.
    """
    async with database.transaction() as connection:
        rows = await stored.take_looks(connection, most=LOOKS_AT_ONCE)
        if not rows:
            return False
        survivors = await stored.resolve(connection, [row.person_id for row in rows])
        people = [(survivors[row.person_id], sealed_person.open_row(sealer, row).person) for row in rows]
        await _hold_against_all(connection, sealer, people, now)
    return len(rows) == LOOKS_AT_ONCE


async def _hold_against_all(
    connection: Connection, sealer: Sealer, people: Sequence[tuple[UUID, PersonStated]], now: datetime
) -> dict[UUID, tuple[UUID, ...]]:
    hashes = [sealed_person.telephone_surname_fingerprints(sealer, person) for _, person in people]
    asked = sorted({one for several in hashes for one in several})
    if not asked:
        return {}
    alike = await stored.find_alike(connection, asked, most=MOST_SUSPECTS + 1)
    merged = [row.person_id for rows in alike.values() for row in rows if row.merged_into is not None]
    survivors = await stored.resolve(connection, merged) if merged else {}
    suspects: dict[UUID, set[UUID]] = defaultdict(set)
    pairs: dict[SuspectPair, str] = {}
    for (person_id, person), fingerprints in zip(people, hashes, strict=True):
        for row in (row for one in fingerprints for row in alike.get(one, ())):
            other = survivors.get(row.person_id, row.person_id)
            if row.person_id == person_id or other == person_id:
                continue
            if may_be_the_same(person, sealed_person.open_row(sealer, row).person):
                suspects[person_id].add(other)
                pairs[SuspectPair.of(person_id, other)] = common_division([person.division, row.division])
    if pairs:
        await stored.queue_suspects(connection, pairs, now)
    return {person_id: tuple(sorted(others)) for person_id, others in suspects.items()}
