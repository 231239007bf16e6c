"""What tubes tell the others: members of negative pools together, and what follows from the other pools."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.testing.actions.results import tell_results
from services.testing.rules.results.result import ResultFacts
from services.testing.rules.results.told_code import told_code
from services.testing.rules.tubes.holder import ResultSeen
from services.testing.storage.pools import Pool
from services.testing.storage.tubes import SampleRow
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.testing import (
    NegativeOfPerson,
    PeopleToldToStay,
    PoolPositive,
    PoolResolved,
    PoolWithdrawn,
    SampleInconclusive,
    SamplePositiveWithdrawn,
    SamplesNegative,
)
from shared.vocabulary import Result, SubjectKind

PEOPLE_IN_ONE_EVENT = 1000

IS_POOL = "pool"
"""The reason for which a positive is withdrawn that turned out to be a pool's."""


def facts_of(seen: ResultSeen, person_id: UUID | None) -> ResultFacts:
    """Return a result as its laboratory stated it, with whose sample it turned out to be."""
    return ResultFacts(
        tube_code=seen.tube_code,
        institution=seen.institution,
        division=seen.division,
        method=seen.method,
        result=seen.result,
        sampled_at=seen.sampled_at,
        resulted_at=seen.resulted_at,
        person_id=person_id,
        pool_size=seen.pool_size,
    )


def single(seen: ResultSeen, person_id: UUID | None, *, again: bool) -> Envelope:
    """Return the event of a single sample's result; `again` when it was told before without the person."""
    facts = facts_of(seen, person_id)
    match seen.result:
        case Result.POSITIVE:
            told = tell_results.positive(facts, seen.recorded_at, seen.revision)
        case Result.INCONCLUSIVE:
            told = tell_results.inconclusive(facts, seen.recorded_at, seen.revision)
        case Result.NEGATIVE:
            told = tell_results.negatives([(facts, seen.recorded_at)], seen.revision)
    return replace(told, id=derived_id(told.id, person_id)) if again else told


def cleared(
    pools: Sequence[tuple[ResultSeen, str, Sequence[SampleRow], int]],
) -> list[Envelope]:
    """Return the events of negative pools: each with its members to be told, and which telling it is.

    The members of a pool are settled by one event; pools of one division and institution share events.
    """
    groups: defaultdict[tuple[str, str], list[tuple[ResultSeen, Sequence[SampleRow], int]]]
    groups = defaultdict(list)
    for seen, division, samples, revision in pools:
        if samples:
            groups[division, seen.institution].append((seen, samples, revision))
    return [
        _cleared(division, institution, chunk)
        for (division, institution), group in groups.items()
        for chunk in _chunks(group)
    ]


def _chunks(
    group: Sequence[tuple[ResultSeen, Sequence[SampleRow], int]],
) -> Iterable[list[tuple[ResultSeen, Sequence[SampleRow], int]]]:
    chunk: list[tuple[ResultSeen, Sequence[SampleRow], int]] = []
    held = 0
    for one in group:
        if chunk and held + len(one[1]) > PEOPLE_IN_ONE_EVENT:
            yield chunk
            chunk, held = [], 0
        chunk.append(one)
        held += len(one[1])
    yield chunk


def _cleared(
    division: str, institution: str, chunk: Sequence[tuple[ResultSeen, Sequence[SampleRow], int]]
) -> Envelope:
    sample_ids = [sample.sample_id for _, samples, _ in chunk for sample in samples]
    revisions = [revision for _, _, revision in chunk]
    batch_id = derived_id("cleared", *sample_ids, *revisions)
    event = SamplesNegative(
        division=division,
        occurred_at=max(seen.resulted_at for seen, _, _ in chunk),
        recorded_at=max(seen.recorded_at for seen, _, _ in chunk),
        batch_id=batch_id,
        institution=institution,
        count=len(sample_ids),
        sample_ids=sample_ids,
        people=tuple(
            NegativeOfPerson.model_construct(  # rows of our own; ten of them for each pool
                person_id=sample.member.person_id,
                sample_id=sample.sample_id,
                sampled_at=sample.member.sampled_at,
                revision=revision,
            )
            for _, samples, revision in chunk
            for sample in samples
            if sample.member.person_id is not None
        ),
    )
    return envelop(event, id=derived_id(event.TYPE, batch_id))


def recalled(seen: ResultSeen, samples: Iterable[SampleRow], revision: int) -> list[Envelope]:
    """Return the events by which people are cleared no more: their pool is not negative after all."""
    return [
        envelop(
            SampleInconclusive(
                division=sample.member.division,
                occurred_at=seen.resulted_at,
                recorded_at=seen.recorded_at,
                sample_id=sample.sample_id,
                tube_code=told_code(seen.tube_code, seen.sample_id),
                institution=seen.institution,
                method=seen.method,
                person_id=sample.member.person_id,
                sampled_at=sample.member.sampled_at,
                revision=revision,
            ),
            id=derived_id(SampleInconclusive.TYPE, sample.sample_id, revision),
        )
        for sample in samples
        if sample.member.person_id is not None
    ]


def not_a_case(seen: ResultSeen, received_from: str, now: datetime) -> Envelope:
    """Return the withdrawal of a positive that was told before anybody said that it was a pool's."""
    event = SamplePositiveWithdrawn(
        division=seen.division,
        occurred_at=now,
        recorded_at=now,
        sample_id=seen.sample_id,
        institution=seen.institution,
        reason_code=IS_POOL,
        withdrawn_by=received_from,
        person_id=seen.person_id,
        sampled_at=seen.sampled_at,
        revision=seen.revision + 1,
    )
    return envelop(event, id=derived_id(event.TYPE, seen.sample_id, IS_POOL))


def pool_positive(pool: Pool, recorded_at: datetime) -> Envelope:
    """Return the event of a pool that was found positive or unclear."""
    event = PoolPositive(
        division=pool.division,
        occurred_at=pool.resulted_at,
        recorded_at=recorded_at,
        pool_id=pool.pool_id,
        tube_code=told_code(pool.tube_code, pool.pool_id),
        institution=pool.institution,
        method=pool.method,
        result=pool.result,
        size=pool.size,
        sampled_at=pool.sampled_at,
        revision=pool.revision,
    )
    told = (pool.pool_id, pool.result, pool.resulted_at.isoformat(), pool.revision)
    return envelop(event, id=derived_id(event.TYPE, *told))


def told_to_stay(pool_id: UUID, members: Iterable[SampleRow], now: datetime) -> list[Envelope]:
    """Return the events that name people who are to stay, one for each of their divisions."""
    people: defaultdict[str, list[UUID]] = defaultdict(list)
    for one in members:
        if one.member.person_id is not None and one.member.subject_kind is SubjectKind.PERSON:
            people[one.member.division].append(one.member.person_id)
    events = [
        PeopleToldToStay(
            division=division,
            occurred_at=now,
            recorded_at=now,
            pool_id=pool_id,
            person_ids=tuple(sorted(named)),
        )
        for division, named in people.items()
    ]
    return [
        envelop(event, id=derived_id(event.TYPE, pool_id, event.division, *event.person_ids))
        for event in events
    ]


def pool_resolved(pool: Pool, at: datetime, *, cleared: int, positive: int, now: datetime) -> Envelope:
    """Return the event of a pool each of whose members is decided, since `at`."""
    event = PoolResolved(
        division=pool.division,
        occurred_at=at,
        recorded_at=now,
        pool_id=pool.pool_id,
        cleared=cleared,
        positive=positive,
    )
    return envelop(event, id=derived_id(event.TYPE, pool.pool_id, at.isoformat(), cleared, positive))


def pool_withdrawn(pool: Pool, reason_code: str, now: datetime) -> Envelope:
    """Return the event of a pool that is none, or negative after all."""
    event = PoolWithdrawn(
        division=pool.division,
        occurred_at=now,
        recorded_at=now,
        pool_id=pool.pool_id,
        reason_code=reason_code,
    )
    return envelop(event, id=derived_id(event.TYPE, pool.pool_id, reason_code))
