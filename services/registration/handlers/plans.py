"""Event door of the plans: what the laboratory side found about people's samples."""

from collections.abc import Sequence

from faststream.nats import NatsBroker

from services.registration.rules.plans.person_sample import SampleSource, SampleTold
from services.registration.service import Registration
from shared.contracts import Event
from shared.contracts.testing import (
    SampleInconclusive,
    SamplePositive,
    SamplePositiveWithdrawn,
    SamplesNegative,
)
from shared.jetstream import subscribe
from shared.vocabulary import Result


def attach_handlers(broker: NatsBroker, registration: Registration) -> None:
    """Subscribe to results; a handler may be called twice for one event."""

    @subscribe(
        broker,
        "registration",
        SamplesNegative,
        SamplePositive,
        SampleInconclusive,
        SamplePositiveWithdrawn,
        consumer="take-samples",
    )
    async def take_samples(event: Event) -> None:
        """Settle the tests of the people whose samples these are."""
        if told := tellings_of(event):
            await registration.samples.submit(told)

    del take_samples  # the broker holds it


def tellings_of(event: Event) -> Sequence[SampleTold]:
    """Return what an event tells of samples whose person the laboratory was told; mostly nothing."""
    if isinstance(event, SamplesNegative):
        return [
            SampleTold(
                sample_id=one.sample_id,
                person_id=one.person_id,
                division=event.division,
                sampled_at=one.sampled_at,
                result=Result.NEGATIVE,
                revision=one.revision,
                resulted_at=event.occurred_at,
                recorded_at=event.recorded_at,
                source=SampleSource.LABORATORY,
                institution=event.institution,
            )
            for one in event.people
        ]
    if not isinstance(event, SamplePositive | SampleInconclusive | SamplePositiveWithdrawn):
        return []
    if event.person_id is None or event.sampled_at is None:
        return []
    return [
        SampleTold(
            sample_id=event.sample_id,
            person_id=event.person_id,
            division=event.division,
            sampled_at=event.sampled_at,
            result=_result_of(event),
            revision=event.revision,
            resulted_at=event.occurred_at,
            recorded_at=event.recorded_at,
            source=SampleSource.LABORATORY,
            institution=event.institution,
        )
    ]


def _result_of(event: SamplePositive | SampleInconclusive | SamplePositiveWithdrawn) -> Result:
    if isinstance(event, SamplePositive):
        return Result.POSITIVE
    if isinstance(event, SamplePositiveWithdrawn):
        return event.result or Result.INCONCLUSIVE
    return Result.INCONCLUSIVE
