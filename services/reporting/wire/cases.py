"""What travels over the HTTP door of cases."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.reporting.rules.case_facts import (
    CaseFile,
    CaseHistory,
    Entry,
    ReportFacts,
    ReviewFacts,
    Withdrawal,
)
from services.reporting.rules.case_order import CaseState
from services.reporting.rules.entry import Verdict
from services.reporting.wire.fields import Code, PersonNamed
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.vocabulary import Classification, Method, ReviewOutcome


class ReportOrder(WireModel):
    """A direct report 网络直报, or a correction of it."""

    classification: Classification
    institution: Code
    reporter: PersonNamed
    occurred_at: WireInstant
    """When the report was completed; in a correction, when that was made."""
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    def facts(self) -> ReportFacts:
        """Return the report as the rules see it."""
        return ReportFacts(self.classification, self.institution, self.reporter, self.occurred_at)


class ReviewOrder(WireModel):
    """A review by disease control 疾控审核, or a correction of it."""

    outcome: ReviewOutcome
    reviewer: PersonNamed
    investigation_started_at: WireInstant
    occurred_at: WireInstant
    """When the review was completed; in a correction, when that was made."""
    recorded_at: WireInstant | None = None

    def facts(self) -> ReviewFacts:
        """Return the review as the rules see it."""
        return ReviewFacts(self.outcome, self.reviewer, self.investigation_started_at, self.occurred_at)


class CaseView(BaseModel):
    """A case as it stands 病例; what happened has the seconds since the positive result beside it."""

    case_id: UUID
    sample_id: UUID
    division: str
    institution: str
    """The institution that found the sample positive."""
    method: Method
    tube_code: str
    state: CaseState
    sampled_at: WireInstant
    positive_at: WireInstant
    reported_at: WireInstant | None
    reviewed_at: WireInstant | None
    withdrawn_at: WireInstant | None
    since_positive_seconds: float
    """From the positive result to the moment of this answer."""
    reported_since_positive_seconds: float | None
    reviewed_since_positive_seconds: float | None

    @classmethod
    def of(cls, file: CaseFile, now: datetime) -> "CaseView":
        """Return the wire's form of a case."""
        return cls.model_validate(_case_fields(file, now))


def _case_fields(file: CaseFile, now: datetime) -> dict[str, object]:
    return {
        "case_id": file.case_id,
        "sample_id": file.sample_id,
        "division": file.division,
        "institution": file.institution,
        "method": file.method,
        "tube_code": file.tube_code,
        "state": file.state,
        "sampled_at": file.sampled_at,
        "positive_at": file.positive_at,
        "reported_at": file.reported_at,
        "reviewed_at": file.reviewed_at,
        "withdrawn_at": file.withdrawn_at,
        "since_positive_seconds": (now - file.positive_at).total_seconds(),
        "reported_since_positive_seconds": _since_positive(file, file.reported_at),
        "reviewed_since_positive_seconds": _since_positive(file, file.reviewed_at),
    }


def _since_positive(file: CaseFile, instant: datetime | None) -> float | None:
    return None if instant is None else (instant - file.positive_at).total_seconds()


class ReportView(BaseModel):
    """One revision of the direct report; the last one holds, the first one gives the time."""

    revision: int
    classification: Classification
    institution: str
    reporter: str
    occurred_at: WireInstant
    recorded_at: WireInstant
    received_at: WireInstant
    since_positive_seconds: float

    @classmethod
    def of(cls, entry: Entry[ReportFacts], file: CaseFile) -> "ReportView":
        """Return the wire's form of a revision."""
        return cls(
            revision=entry.revision,
            classification=entry.facts.classification,
            institution=entry.facts.institution,
            reporter=entry.facts.reporter,
            occurred_at=entry.facts.occurred_at,
            recorded_at=entry.recorded_at,
            received_at=entry.received_at,
            since_positive_seconds=(entry.facts.occurred_at - file.positive_at).total_seconds(),
        )


class ReviewView(BaseModel):
    """One revision of the review; the last one holds, the first one gives the time."""

    revision: int
    outcome: ReviewOutcome
    reviewer: str
    investigation_started_at: WireInstant
    occurred_at: WireInstant
    recorded_at: WireInstant
    received_at: WireInstant
    since_positive_seconds: float

    @classmethod
    def of(cls, entry: Entry[ReviewFacts], file: CaseFile) -> "ReviewView":
        """Return the wire's form of a revision."""
        return cls(
            revision=entry.revision,
            outcome=entry.facts.outcome,
            reviewer=entry.facts.reviewer,
            investigation_started_at=entry.facts.investigation_started_at,
            occurred_at=entry.facts.occurred_at,
            recorded_at=entry.recorded_at,
            received_at=entry.received_at,
            since_positive_seconds=(entry.facts.occurred_at - file.positive_at).total_seconds(),
        )


class WithdrawalView(BaseModel):
    """Why the case ended: the laboratory withdrew its positive result."""

    reason_code: str
    withdrawn_by: str
    occurred_at: WireInstant
    recorded_at: WireInstant
    received_at: WireInstant

    @classmethod
    def of(cls, withdrawal: Withdrawal) -> "WithdrawalView":
        """Return the wire's form of a withdrawal."""
        return cls(
            reason_code=withdrawal.reason_code,
            withdrawn_by=withdrawal.withdrawn_by,
            occurred_at=withdrawal.occurred_at,
            recorded_at=withdrawal.recorded_at,
            received_at=withdrawal.received_at,
        )


class CaseHistoryView(CaseView):
    """A case with everything that was ever stated about it, oldest first."""

    recorded_at: WireInstant
    """When the positive result was entered at the laboratory."""
    received_at: WireInstant
    """When the case was opened here."""
    reports: list[ReportView]
    reviews: list[ReviewView]
    withdrawal: WithdrawalView | None

    @classmethod
    def of_history(cls, history: CaseHistory, now: datetime) -> "CaseHistoryView":
        """Return the wire's form of a case and its history."""
        file = history.file
        return cls.model_validate(
            {
                **_case_fields(file, now),
                "recorded_at": file.recorded_at,
                "received_at": file.received_at,
                "reports": [ReportView.of(entry, file) for entry in history.reports],
                "reviews": [ReviewView.of(entry, file) for entry in history.reviews],
                "withdrawal": WithdrawalView.of(history.withdrawal) if history.withdrawal else None,
            }
        )


class StepReceipt(BaseModel):
    """What became of a report or a review, and the case after it."""

    verdict: Verdict
    revision: int
    case: CaseView
