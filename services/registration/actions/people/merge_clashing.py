"""Merge a person who was taken in twice while two keys were current in two processes."""

from datetime import datetime
from uuid import uuid4

from services.registration import sealed_person
from services.registration.rules.people.likeness import common_division
from services.registration.rules.people.merging import DecisionKind, DecisionReason, Edge
from services.registration.storage import people as stored
from services.registration.storage import suspects
from services.registration.storage.suspects import Decision
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration import PersonMerged
from shared.postgres import Database, Record
from shared.sealing import Sealer

DECIDED_BY = "resealing"


async def merge_clashing(database: Database, sealer: Sealer, row: Record, now: datetime) -> None:
    """Let a record end in the one that has the same identity document under the current key.

    The same document is the same person; a decision is kept and told like any other, and can be undone. The
    next round seals the record, whose hashes stand in nobody's way once it has ended.
    """
    async with database.transaction() as connection:
        await suspects.take_turn(connection)
        held = (await stored.lock(connection, [row["person_id"]]))[row["person_id"]]
        hashes = sealed_person.fingerprints_of(sealer, sealed_person.open_row(sealer, held))
        identities = [one for one in (hashes.identity,) if one]
        repetitions = [one for one in (hashes.repetition,) if one]
        found = await stored.find_by_keys(connection, identities, repetitions)
        others = [other for other in found.values() if other.person_id != held.person_id]
        if held.merged_into is not None or not others:
            return
        edge = Edge(others[0].person_id, held.person_id)
        await suspects.merge(connection, edge, now)
        decision = Decision(
            id=uuid4(),
            kind=DecisionKind.MERGED,
            person_id=edge.kept,
            other_id=edge.other,
            division=common_division([others[0].division, held.division]),
            reason=DecisionReason.ENTRY_ERROR,
            decided_at=now,
            decided_by=DECIDED_BY,
        )
        await suspects.append_decision(connection, decision)
        event = PersonMerged(
            division=decision.division,
            occurred_at=now,
            recorded_at=now,
            person_id=edge.kept,
            merged_person_id=edge.other,
            decision_id=decision.id,
        )
        await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, decision.id))], now=now)
