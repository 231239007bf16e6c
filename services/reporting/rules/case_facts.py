"""What is known of a case: the positive result, what was reported and reviewed, and each correction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from services.reporting.rules.case_order import CaseState
from shared.contracts import derived_id
from shared.vocabulary import Classification, Method, ReviewOutcome


def case_id_of(sample_id: UUID) -> UUID:
    """Return the id of a sample's case: it follows from the sample, so that there can be only one."""
    return derived_id("case", sample_id)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as it stands; times aware, in UTC.

    `recorded_at` and `received_at` are those of the positive result. `reported_at` and `reviewed_at` are
    the occurred_at of the first report and review, which no correction moves.
    """

    case_id: UUID
    sample_id: UUID
    division: str
    institution: str
    method: Method
    tube_code: str
    sampled_at: datetime
    positive_at: datetime
    recorded_at: datetime
    received_at: datetime
    state: CaseState = CaseState.OPENED
    reported_at: datetime | None = None
    reviewed_at: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """A direct report as it is stated. In a correction `occurred_at` is when the correction was made."""

    classification: Classification
    institution: str
    reporter: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """A review as it is stated. In a correction `occurred_at` is when the correction was made."""

    outcome: ReviewOutcome
    reviewer: str
    investigation_started_at: datetime
    occurred_at: datetime


Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Entry(Generic[Facts]):
    """One revision of what was stated; 1 is the statement itself, those above are corrections."""

    revision: int
    facts: Facts
    recorded_at: datetime
    received_at: datetime
    received_from: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A positive result that was withdrawn, as the laboratory told it."""

    sample_id: UUID
    division: str
    institution: str
    reason_code: str
    withdrawn_by: str
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """A case with everything that was ever stated about it, oldest first."""

    file: CaseFile
    reports: tuple[Entry[ReportFacts], ...]
    reviews: tuple[Entry[ReviewFacts], ...]
    withdrawal: Withdrawal | None
