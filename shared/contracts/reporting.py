"""What the reporting service publishes."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event
from shared.divisions import DivisionCode
from shared.vocabulary import Classification, ReviewOutcome


class CaseOpened(Event):
    """A case was opened for a positive sample; `occurred_at` is when the result was obtained."""

    TYPE: ClassVar[str] = "reporting.case-opened"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    sample_id: UUID
    institution: str


class CaseReported(Event):
    """The medical institution completed the direct report.

    Stops that clock as of `occurred_at` and starts the review as of `received_at` (town §19, city §20).
    """

    TYPE: ClassVar[str] = "reporting.case-reported"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    sample_id: UUID
    classification: Classification
    institution: str
    positive_at: AwareDatetime
    """When the result was obtained, shown beside the review's clock."""
    received_at: AwareDatetime
    """When the direct report was received here."""


class CaseReportCorrected(Event):
    """A direct report on record was corrected; moves no clock. `occurred_at` is when it was corrected."""

    TYPE: ClassVar[str] = "reporting.case-report-corrected"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    sample_id: UUID
    revision: int
    """Counts from 1, which is the report itself; a correction is 2 or above."""
    classification: Classification
    institution: str


class CaseReviewed(Event):
    """Disease control completed the review (town §19, city §20)."""

    TYPE: ClassVar[str] = "reporting.case-reviewed"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    sample_id: UUID
    outcome: ReviewOutcome


class CaseReviewCorrected(Event):
    """A review on record was corrected; moves no clock. `occurred_at` is when it was corrected."""

    TYPE: ClassVar[str] = "reporting.case-review-corrected"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    sample_id: UUID
    revision: int
    """Counts from 1, which is the review itself; a correction is 2 or above."""
    outcome: ReviewOutcome


class CaseWithdrawn(Event):
    """A case ended because its positive result was withdrawn; it stays on record."""

    TYPE: ClassVar[str] = "reporting.case-withdrawn"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    sample_id: UUID
    reason_code: str
    withdrawn_by: str


class DailyReportFiled(Event):
    """A unit filed its figures of a reporting day, zero included.

    `occurred_at` is its receipt (town §3, city §3).
    """

    TYPE: ClassVar[str] = "reporting.daily-report-filed"
    SUBJECT: ClassVar[str] = "report_id"

    report_id: UUID
    unit: DivisionCode
    day: date
    zero: bool
    abnormal: bool


class DailyReportAbnormal(Event):
    """A unit reported an abnormal situation, which goes out at once, before 17:00 or after (town §3)."""

    TYPE: ClassVar[str] = "reporting.daily-report-abnormal"
    SUBJECT: ClassVar[str] = "report_id"

    report_id: UUID
    unit: DivisionCode
    day: date


EVENTS: tuple[type[Event], ...] = (
    CaseOpened,
    CaseReported,
    CaseReportCorrected,
    CaseReviewed,
    CaseReviewCorrected,
    CaseWithdrawn,
    DailyReportFiled,
    DailyReportAbnormal,
)
