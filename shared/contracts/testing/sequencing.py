"""Sequencing: what became of the orders that every positive sample gets."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event


class SequencingOrdered(Event):
    """A positive sample is to be sequenced; `occurred_at` is when it was found positive (city §11)."""

    TYPE: ClassVar[str] = "testing.sequencing-ordered"
    SUBJECT: ClassVar[str] = "sample_id"

    sample_id: UUID
    institution: str
    """Who found it positive."""
    due_at: AwareDatetime
    """Until when it has a sequence, or a reason why not."""


class SampleSequenced(Event):
    """A positive sample was sequenced, or its sequence was corrected; `occurred_at` is when."""

    TYPE: ClassVar[str] = "testing.sample-sequenced"
    SUBJECT: ClassVar[str] = "sample_id"

    sample_id: UUID
    case_id: UUID | None = None
    """The sample's case, where reporting had told of it by then."""
    laboratory: str
    lineage: str
    accession: str


class SequencingExcluded(Event):
    """A positive sample is not sequenced, with the reason of the policy's list (city §11)."""

    TYPE: ClassVar[str] = "testing.sequencing-excluded"
    SUBJECT: ClassVar[str] = "sample_id"

    sample_id: UUID
    reason_code: str


class SequencingOverdue(Event):
    """A positive sample has neither a sequence nor a reason in time; `occurred_at` is when time was up."""

    TYPE: ClassVar[str] = "testing.sequencing-overdue"
    SUBJECT: ClassVar[str] = "sample_id"

    sample_id: UUID
    institution: str
    """Who found it positive."""
    positive_at: AwareDatetime


EVENTS: tuple[type[Event], ...] = (
    SequencingOrdered,
    SampleSequenced,
    SequencingExcluded,
    SequencingOverdue,
)
