"""What results tell the others: every positive and every unclear one by itself, negatives together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from services.testing.rules.due.settlement import Taken
from services.testing.rules.results.result import ResultFacts
from services.testing.rules.results.told_code import told_code
from services.testing.storage.results import NewResult
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.testing import NegativeOfPerson, SampleInconclusive, SamplePositive, SamplesNegative
from shared.vocabulary import Result

NEGATIVES_IN_ONE_EVENT = 1000


def events_of(results: Sequence[NewResult]) -> list[Envelope]:
    """Return the events that new results give birth to; positives first, so that they leave first."""
    positives = [
        positive(result.facts, result.recorded_at, 1)
        for result in results
        if result.facts.result is Result.POSITIVE
    ]
    unclear = [
        inconclusive(result.facts, result.recorded_at, 1)
        for result in results
        if result.facts.result is Result.INCONCLUSIVE
    ]
    groups: defaultdict[tuple[str, str], list[tuple[ResultFacts, datetime]]] = defaultdict(list)
    for result in results:
        facts = result.facts
        if facts.result is Result.NEGATIVE:
            groups[facts.division, facts.institution].append((facts, result.recorded_at))
    together = [
        negatives(group[start : start + NEGATIVES_IN_ONE_EVENT], 1)
        for group in groups.values()
        for start in range(0, len(group), NEGATIVES_IN_ONE_EVENT)
    ]
    return [*positives, *unclear, *together]


def positive(facts: ResultFacts, recorded_at: datetime, revision: int) -> Envelope:
    """Return the event of a positive."""
    event = SamplePositive(
        division=facts.division,
        occurred_at=facts.resulted_at,
        recorded_at=recorded_at,
        sample_id=facts.sample_id,
        tube_code=told_code(facts.tube_code, facts.sample_id),
        institution=facts.institution,
        method=facts.method,
        sampled_at=facts.sampled_at,
        person_id=facts.person_id,
        revision=revision,
    )
    return envelop(event, id=derived_id(event.TYPE, facts.sample_id, revision))


def inconclusive(facts: ResultFacts, recorded_at: datetime, revision: int) -> Envelope:
    """Return the event of a sample that gave no clear result."""
    event = SampleInconclusive(
        division=facts.division,
        occurred_at=facts.resulted_at,
        recorded_at=recorded_at,
        sample_id=facts.sample_id,
        tube_code=told_code(facts.tube_code, facts.sample_id),
        institution=facts.institution,
        method=facts.method,
        person_id=facts.person_id,
        sampled_at=facts.sampled_at,
        revision=revision,
    )
    return envelop(event, id=derived_id(event.TYPE, facts.sample_id, revision))


def negatives(group: Sequence[tuple[ResultFacts, datetime]], revision: int) -> Envelope:
    """Return the one event of negatives of a division and an institution, each with when it was entered."""
    first, _ = group[0]
    sample_ids = [facts.sample_id for facts, _ in group]
    batch_id = derived_id("negatives", *sample_ids, *([] if revision == 1 else [revision]))
    event = SamplesNegative(
        division=first.division,
        occurred_at=max(facts.resulted_at for facts, _ in group),
        recorded_at=max(recorded_at for _, recorded_at in group),
        batch_id=batch_id,
        institution=first.institution,
        count=len(sample_ids),
        sample_ids=sample_ids,
        people=tuple(
            NegativeOfPerson(
                person_id=facts.person_id,
                sample_id=facts.sample_id,
                sampled_at=facts.sampled_at,
                revision=revision,
            )
            for facts, _ in group
            if facts.person_id is not None
        ),
    )
    return envelop(event, id=derived_id(event.TYPE, batch_id))


def samples_of(results: Iterable[tuple[ResultFacts, int]]) -> list[Taken]:
    """Return the samples whose person the laboratory was told, as due tests see them, each with its revision.

    One without a clear result must be taken again and settles nothing.
    """
    return [
        Taken(
            sample_id=facts.sample_id,
            sampled_at=facts.sampled_at,
            division=facts.division,
            subject_id=facts.person_id,
            revision=revision,
            stands=facts.result is not Result.INCONCLUSIVE,
        )
        for facts, revision in results
        if facts.person_id is not None
    ]
