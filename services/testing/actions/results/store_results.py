"""Store results and give birth to their events, all in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.testing.actions.results.tell_results import events_of
from services.testing.rules.results.result import judge_repetition
from services.testing.storage import results as storage
from services.testing.storage.results import NewResult
from shared import outbox
from shared.postgres import Database
from shared.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one result."""

    sample_id: UUID
    verdict: Verdict
    reason: str | None = None


CONTRADICTION = (
    "another result or another person of this sample is on record; "
    "what was found otherwise is sent as a correction"
)


async def store_results(database: Database, results: Sequence[NewResult], *, now: datetime) -> list[Stored]:
    """Store each result once and return what became of each, in their order.

    A repetition is `duplicate`, a contradiction of what is on record `refused`. Every new positive is an
    event of its own, the negatives of a division are one, and all of them are written in the transaction
    that stores the results: no positive without its event (town §19, city §20).
    """
    first_of: dict[UUID, NewResult] = {}
    for result in results:
        first_of.setdefault(result.facts.sample_id, result)
    async with database.transaction() as connection:
        # In the order of their ids, so that two batches with the same samples wait for each other in turn.
        ordered = sorted(first_of.values(), key=lambda result: result.facts.sample_id.int)
        new = await storage.insert_results(connection, ordered, received_at=now)
        known = (
            await storage.first_results(connection, [id_ for id_ in first_of if id_ not in new])
            if len(new) < len(first_of)
            else {}
        )
        fresh = [result for sample_id, result in first_of.items() if sample_id in new]
        await outbox.put(connection, events_of(fresh), now=now)
    if len(fresh) == len(results):
        return [Stored(result.facts.sample_id, Verdict.STORED) for result in results]
    verdicts: list[Stored] = []
    for result in results:
        id_ = result.facts.sample_id
        if id_ in new and first_of[id_] is result:
            verdicts.append(Stored(id_, Verdict.STORED))
            continue
        recorded = known[id_].facts if id_ in known else first_of[id_].facts
        verdict = judge_repetition(result.facts, recorded)
        verdicts.append(Stored(id_, verdict, CONTRADICTION if verdict is Verdict.REFUSED else None))
    return verdicts
