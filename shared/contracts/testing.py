"""What the testing service publishes."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Event
from shared.vocabulary import Method


class SamplePositive(Event):
    """A sample was found positive.

    `occurred_at` is when the result was obtained. Starts the direct report (town §19, city §20).
    """

    TYPE: ClassVar[str] = "testing.sample-positive"
    SUBJECT: ClassVar[str] = "sample_id"

    sample_id: UUID
    tube_code: str
    institution: str
    method: Method
    sampled_at: AwareDatetime


class SamplePositiveWithdrawn(Event):
    """A positive result was withdrawn by the laboratory, with its reason.

    The positive stays on record.
    """

    TYPE: ClassVar[str] = "testing.sample-positive-withdrawn"
    SUBJECT: ClassVar[str] = "sample_id"

    sample_id: UUID
    institution: str
    reason_code: str
    withdrawn_by: str
    """The key or account that withdrew it; never a natural person's name."""


class SampleInconclusive(Event):
    """A sample gave no clear result and must be taken again."""

    TYPE: ClassVar[str] = "testing.sample-inconclusive"
    SUBJECT: ClassVar[str] = "sample_id"

    sample_id: UUID
    tube_code: str
    institution: str
    method: Method


class SamplesNegative(Event):
    """Samples of one division were found negative: one event for all of a batch, with count and ids."""

    TYPE: ClassVar[str] = "testing.samples-negative"
    SUBJECT: ClassVar[str] = "batch_id"

    batch_id: UUID
    institution: str
    count: int = Field(ge=1)
    sample_ids: list[UUID]


EVENTS: tuple[type[Event], ...] = (
    SamplePositive,
    SamplePositiveWithdrawn,
    SampleInconclusive,
    SamplesNegative,
)
