"""What results of samples tell the others."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contracts.envelope import Event
from shared.vocabulary import Method, Result


class SamplePositive(Event):
    """A sample was found positive.

    `occurred_at` is when the result was obtained. Starts the direct report (town §19, city §20). It is told
    a second time, with the person, when whose sample it is becomes known afterwards.
    """

    TYPE: ClassVar[str] = "testing.sample-positive"
    SUBJECT: ClassVar[str] = "sample_id"

    sample_id: UUID
    tube_code: str
    """As it stands on the tube; `withheld-` and part of the id where that looks like somebody's number."""
    institution: str
    method: Method
    sampled_at: AwareDatetime
    person_id: UUID | None = None
    """Whose sample it is, where the laboratory was told."""
    revision: int = 1
    """Which result of the sample this is; the one of the highest revision holds."""


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
    person_id: UUID | None = None
    sampled_at: AwareDatetime | None = None
    revision: int = 2
    result: Result | None = None
    """What the laboratory says instead; events of old do not tell."""


class SampleInconclusive(Event):
    """A sample gave no clear result and must be taken again."""

    TYPE: ClassVar[str] = "testing.sample-inconclusive"
    SUBJECT: ClassVar[str] = "sample_id"

    sample_id: UUID
    tube_code: str
    """As it stands on the tube; `withheld-` and part of the id where that looks like somebody's number."""
    institution: str
    method: Method
    person_id: UUID | None = None
    sampled_at: AwareDatetime | None = None
    revision: int = 1


class NegativeOfPerson(BaseModel):
    """A negative sample whose person the laboratory was told."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_id: UUID
    sample_id: UUID
    sampled_at: AwareDatetime
    revision: int = 1


class SamplesNegative(Event):
    """Samples of one division were found negative: one event for all of a batch, with count and ids."""

    TYPE: ClassVar[str] = "testing.samples-negative"
    SUBJECT: ClassVar[str] = "batch_id"

    batch_id: UUID
    institution: str
    count: int = Field(ge=1)
    sample_ids: list[UUID]
    people: tuple[NegativeOfPerson, ...] = ()
    """Those of the samples whose person the laboratory was told."""


EVENTS: tuple[type[Event], ...] = (
    SamplePositive,
    SamplePositiveWithdrawn,
    SampleInconclusive,
    SamplesNegative,
)
