"""Join results with the tubes that they are of, in the transaction that stores the results.

A pool's result is taken off the record of cases, and its members are cleared together or taken again; a
single tube gives its result the person. A result of a tube that is not known yet is told as it stands, and
joined when the tube arrives.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.testing.actions.tubes import tell_tubes
from services.testing.actions.tubes.settle_pools import pools_of, settle_pools
from services.testing.actions.tubes.settle_tubes import NEGATIVE_AFTER_ALL, pool_of, settle_tubes
from services.testing.rules.results.result import ResultFacts
from services.testing.rules.tubes.holder import ResultSeen
from services.testing.storage import pools, tube_steps
from services.testing.storage.results import NewResult, StoredResult
from shared.contracts import Envelope
from shared.postgres import Connection
from shared.vocabulary import Result


@dataclass(frozen=True, slots=True)
class Joined:
    """What is left to be told of results as of single samples, and what is told instead."""

    to_tell: Sequence[NewResult]
    events: Sequence[Envelope]


async def join_results(connection: Connection, fresh: Sequence[NewResult], *, now: datetime) -> Joined:
    """Join new results with their tubes; return what must be told of them.

    One look by all codes where none of the tubes is known; no result may stand twice.
    """
    tube_ids = await tube_steps.tubes_that_had(connection, [one.facts.tube_code for one in fresh])
    pooled = [one for one in fresh if (one.facts.pool_size or 1) > 1]
    people = {one.facts.person_id for one in fresh if one.facts.person_id is not None}
    if not (tube_ids or pooled or people):
        return Joined(fresh, ())
    ids = {one.facts.sample_id for one in fresh}
    outcome = await settle_tubes(connection, tube_ids, fresh=ids, now=now)
    alone = [one for one in pooled if one.facts.sample_id not in outcome.assigned]
    seen = [_seen(one.facts, one.recorded_at) for one in alone]
    events = [*outcome.events, *await _settle_unknown_pools(connection, seen, now=now)]
    told = outcome.told | {one.sample_id for one in seen if one.result is not Result.NEGATIVE}
    pool_ids = outcome.pool_ids | await pools_of(connection, outcome.singles, people)
    events += await settle_pools(connection, pool_ids, now=now)
    return Joined([one for one in fresh if one.facts.sample_id not in told], events)


@dataclass(frozen=True, slots=True)
class JoinedCorrection:
    """Whose sample a corrected result is of, and whether the correction is told as one of a single sample."""

    person_id: UUID | None
    is_told: bool
    events: Sequence[Envelope]


async def join_correction(
    connection: Connection, revised: StoredResult, *, now: datetime
) -> JoinedCorrection:
    """Join a correction with its tube: what it means for a pool, or whose single sample it is of."""
    facts = revised.facts
    tube_ids = await tube_steps.tubes_that_had(connection, [facts.tube_code])
    outcome = await settle_tubes(connection, tube_ids, fresh={facts.sample_id}, tells_singles=False, now=now)
    person_id = facts.person_id or outcome.people.get(facts.sample_id)
    events = list(outcome.events)
    is_told = facts.sample_id not in outcome.told
    if facts.sample_id not in outcome.assigned and (facts.pool_size or 1) > 1:
        seen = _seen(facts, revised.recorded_at, revised.revision)
        events += await _settle_unknown_pools(connection, [seen], now=now)
        is_told = False
    people = {person_id} if person_id is not None else set[UUID]()
    pool_ids = outcome.pool_ids | await pools_of(connection, outcome.singles, people)
    events += await settle_pools(connection, pool_ids, now=now)
    return JoinedCorrection(person_id, is_told, events)


def _seen(facts: ResultFacts, recorded_at: datetime, revision: int = 1) -> ResultSeen:
    return ResultSeen(
        sample_id=facts.sample_id,
        tube_code=facts.tube_code,
        institution=facts.institution,
        division=facts.division,
        method=facts.method,
        result=facts.result,
        revision=revision,
        sampled_at=facts.sampled_at,
        first_resulted_at=facts.resulted_at,
        resulted_at=facts.resulted_at,
        recorded_at=recorded_at,
        person_id=facts.person_id,
        pool_size=facts.pool_size,
        was_positive=facts.result is Result.POSITIVE,
        doubted_at=None if facts.result is Result.NEGATIVE else facts.resulted_at,
    )


async def _settle_unknown_pools(
    connection: Connection, seen: Collection[ResultSeen], *, now: datetime
) -> list[Envelope]:
    """Keep pools by what their rows say, for nobody has told of the tubes yet; return what must be told."""
    known = await pools.known_pools(connection, [one.sample_id for one in seen])
    live = {
        sample_id: pool for sample_id, made in known.items() for pool in made if pool.withdrawn_at is None
    }
    holding = [one for one in seen if one.result is not Result.NEGATIVE]
    over = [live[one.sample_id] for one in seen if one.result is Result.NEGATIVE and one.sample_id in live]
    kept = [
        pool_of(one, None, known.get(one.sample_id, ()), [one], live.get(one.sample_id)) for one in holding
    ]
    await pools.keep_pools(connection, kept, received_at=now)
    await pools.keep_pooled(connection, [one.sample_id for one in holding], known_at=now)
    reasons = {pool.pool_id: NEGATIVE_AFTER_ALL for pool in over}
    await pools.withdraw_pools(connection, reasons, clears=reasons, now=now)
    return [
        *(tell_tubes.pool_positive(pool, one.recorded_at) for pool, one in zip(kept, holding, strict=True)),
        *(tell_tubes.pool_withdrawn(pool, NEGATIVE_AFTER_ALL, now) for pool in over),
    ]
