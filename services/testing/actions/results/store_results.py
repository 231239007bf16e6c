"""Store results and give birth to their events, all in one transaction."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from services.testing.actions.due.settle_samples import settle_samples
from services.testing.actions.laboratories.tally_results import tally_results
from services.testing.actions.results.tell_results import events_of, samples_of
from services.testing.actions.tubes.join_results import join_results
from services.testing.rules.results.result import judge_repetition
from services.testing.storage import results as storage
from services.testing.storage.results import NewResult, StoredResult
from shared import outbox
from shared.postgres import Connection, Database
from shared.verdicts import Verdict


class Stored(Struct, frozen=True, gc=False):
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
    ordered = storage.in_order_of_keys(first_of.values())
    try:
        async with database.transaction() as connection:
            await storage.copy_new_results(connection, ordered, received_at=now)
            await _tell(connection, list(first_of.values()), now)
    except storage.SampleKnown:
        new, known = await _store_unknown(database, ordered, now)
    else:
        if len(first_of) == len(results):
            return [Stored(result.facts.sample_id, Verdict.STORED) for result in results]
        new, known = set(first_of), {}
    return [_judge(result, first_of, new, known) for result in results]


async def _store_unknown(
    database: Database, ordered: Sequence[NewResult], now: datetime
) -> tuple[set[UUID], Mapping[tuple[str, str], StoredResult]]:
    """Store those of the results that are of new samples; return their ids, and what the others are."""
    async with database.transaction() as connection:
        new = await storage.insert_unknown_results(connection, ordered, received_at=now)
        known = [result.facts for result in ordered if result.facts.sample_id not in new]
        on_record = await storage.first_results(connection, known)
        await _tell(connection, [result for result in ordered if result.facts.sample_id in new], now)
    return new, on_record


async def _tell(connection: Connection, fresh: Sequence[NewResult], now: datetime) -> None:
    """Do within the transaction what new results bring about."""
    joined = await join_results(connection, fresh, now=now)
    await outbox.put(connection, [*events_of(joined.to_tell), *joined.events], now=now)
    if taken := samples_of((result.facts, 1) for result in fresh):
        await settle_samples(connection, taken, now=now)
    await tally_results(connection, [result.facts for result in fresh], now)


def _judge(
    result: NewResult,
    first_of: Mapping[UUID, NewResult],
    new: Container[UUID],
    known: Mapping[tuple[str, str], StoredResult],
) -> Stored:
    facts = result.facts
    first = first_of[facts.sample_id]
    if facts.sample_id in new:
        if first is result:
            return Stored(facts.sample_id, Verdict.STORED)
        recorded = first.facts
    else:
        recorded = known[facts.institution, facts.tube_code].facts
    verdict = judge_repetition(facts, recorded)
    if verdict is Verdict.REFUSED and result.stated_division is not None:
        # It may have been stored as it was stated, before anybody told of its tube.
        verdict = judge_repetition(replace(facts, division=result.stated_division), recorded)
    return Stored(facts.sample_id, verdict, CONTRADICTION if verdict is Verdict.REFUSED else None)
