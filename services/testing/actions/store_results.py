"""Store results and give birth to their events, all in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.testing import storage
from services.testing.rules.result import judge_repetition
from services.testing.storage import NewResult
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.testing import SampleInconclusive, SamplePositive, SamplesNegative
from shared.postgres import Database
from shared.verdicts import Verdict
from shared.vocabulary import Result

NEGATIVES_IN_ONE_EVENT = 1000


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one result."""

    sample_id: UUID
    verdict: Verdict
    reason: str | None = None


CONTRADICTION = "another result of this sample is on record; what was found otherwise is sent as a correction"


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


def events_of(results: Sequence[NewResult]) -> list[Envelope]:
    """Return the events that new results give birth to; positives first, so that they leave first."""
    positives = [_positive(result) for result in results if result.facts.result is Result.POSITIVE]
    unclear = [_inconclusive(result) for result in results if result.facts.result is Result.INCONCLUSIVE]
    negatives = [result for result in results if result.facts.result is Result.NEGATIVE]
    return [*positives, *unclear, *_negatives(negatives)]


def _positive(result: NewResult) -> Envelope:
    facts = result.facts
    event = SamplePositive(
        division=facts.division,
        occurred_at=facts.resulted_at,
        recorded_at=result.recorded_at,
        sample_id=facts.sample_id,
        tube_code=facts.tube_code,
        institution=facts.institution,
        method=facts.method,
        sampled_at=facts.sampled_at,
    )
    return envelop(event, id=derived_id(event.TYPE, facts.sample_id, 1))


def _inconclusive(result: NewResult) -> Envelope:
    facts = result.facts
    event = SampleInconclusive(
        division=facts.division,
        occurred_at=facts.resulted_at,
        recorded_at=result.recorded_at,
        sample_id=facts.sample_id,
        tube_code=facts.tube_code,
        institution=facts.institution,
        method=facts.method,
    )
    return envelop(event, id=derived_id(event.TYPE, facts.sample_id, 1))


def _negatives(results: Sequence[NewResult]) -> list[Envelope]:
    groups: defaultdict[tuple[str, str], list[NewResult]] = defaultdict(list)
    for result in results:
        groups[result.facts.division, result.facts.institution].append(result)
    return [
        _negative_group(division, institution, group[start : start + NEGATIVES_IN_ONE_EVENT])
        for (division, institution), group in groups.items()
        for start in range(0, len(group), NEGATIVES_IN_ONE_EVENT)
    ]


def _negative_group(division: str, institution: str, group: Sequence[NewResult]) -> Envelope:
    sample_ids = [result.facts.sample_id for result in group]
    batch_id = derived_id("negatives", *sample_ids)
    event = SamplesNegative(
        division=division,
        occurred_at=max(result.facts.resulted_at for result in group),
        recorded_at=max(result.recorded_at for result in group),
        batch_id=batch_id,
        institution=institution,
        count=len(sample_ids),
        sample_ids=sample_ids,
    )
    return envelop(event, id=derived_id(event.TYPE, batch_id))
