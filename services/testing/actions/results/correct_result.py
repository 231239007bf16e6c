"""Append a correction to a sample's result."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from services.testing.actions.due.settle_samples import settle_samples
from services.testing.actions.laboratories.tally_results import tally_correction
from services.testing.actions.results.tell_results import inconclusive, negatives, positive, samples_of
from services.testing.actions.tubes.join_results import join_correction
from services.testing.rules.results.correction import Consequence, Correction, consequence_of
from services.testing.storage import results as storage
from services.testing.storage.results import StoredResult
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.testing import SamplePositiveWithdrawn
from shared.errors import FieldProblem, InvalidInput, NotFound
from shared.instants import problems_ahead
from shared.postgres import Database


async def correct_result(
    database: Database,
    sample_id: UUID,
    correction: Correction,
    *,
    bounds: tuple[str, str],
    occurred_at: datetime,
    recorded_at: datetime,
    received_from: str,
    now: datetime,
) -> StoredResult:
    """Append the correction as the sample's next revision and return it.

    What is found instead is told; a withdrawn positive is told as such and stays on record. Raises NotFound
    for a sample outside `bounds`, Conflict when the same result stands already, InvalidInput for a
    correction that was made before the result it corrects, or lies ahead of `now`.
    """
    if problems := problems_ahead({"occurred_at": occurred_at, "recorded_at": recorded_at}, now):
        raise InvalidInput("The correction has fields that are refused.", problems=problems)
    async with database.transaction() as connection:
        await storage.lock_sample(connection, sample_id)
        history = await storage.sample_history(connection, sample_id, bounds)
        if not history:
            raise NotFound("There is no such sample.")
        last = history[-1]
        if occurred_at < last.facts.resulted_at:
            problem = FieldProblem("occurred_at", "lies before the result that it corrects")
            raise InvalidInput("A correction follows its result.", problems=[problem])
        consequence = consequence_of([revision.facts.result for revision in history], correction)
        revised = StoredResult(
            sample_id=sample_id,
            revision=last.revision + 1,
            facts=replace(last.facts, result=correction.result, resulted_at=occurred_at),
            recorded_at=recorded_at,
            received_at=now,
            reason_code=correction.reason_code,
        )
        await storage.append_revision(connection, revised, received_from=received_from)
        joined = await join_correction(connection, revised, now=now)
        told = [_event_of(consequence, revised, joined.person_id, received_from)] if joined.is_told else []
        await outbox.put(connection, [*told, *joined.events], now=now)
        whose = replace(revised.facts, person_id=joined.person_id)
        await settle_samples(connection, samples_of([(whose, revised.revision)]), now=now)
        await tally_correction(connection, last.facts)
    return revised


def _event_of(
    consequence: Consequence, revised: StoredResult, person_id: UUID | None, received_from: str
) -> Envelope:
    facts = replace(revised.facts, person_id=person_id)
    recorded_at, revision = revised.recorded_at, revised.revision
    match consequence:
        case Consequence.WITHDRAWN:
            event = SamplePositiveWithdrawn(
                division=facts.division,
                occurred_at=facts.resulted_at,
                recorded_at=recorded_at,
                sample_id=revised.sample_id,
                institution=facts.institution,
                reason_code=revised.reason_code or "",
                withdrawn_by=received_from,
                person_id=facts.person_id,
                sampled_at=facts.sampled_at,
                revision=revision,
                result=facts.result,
            )
            return envelop(event, id=derived_id(event.TYPE, revised.sample_id, revision))
        case Consequence.FOUND_POSITIVE:
            return positive(facts, recorded_at, revision)
        case Consequence.FOUND_INCONCLUSIVE:
            return inconclusive(facts, recorded_at, revision)
        case Consequence.FOUND_NEGATIVE:
            return negatives([(facts, recorded_at)], revision)
