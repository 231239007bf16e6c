"""What the others are told about a case; the id of each event follows from what it tells."""

from services.reporting.rules.case_facts import CaseFile, Entry, ReportFacts, ReviewFacts, Withdrawal
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.reporting import (
    CaseOpened,
    CaseReportCorrected,
    CaseReported,
    CaseReviewCorrected,
    CaseReviewed,
    CaseWithdrawn,
)


def case_opened(file: CaseFile) -> Envelope:
    """Return the event of a case that was opened; it occurred when the result was obtained."""
    event = CaseOpened(
        division=file.division,
        occurred_at=file.positive_at,
        recorded_at=file.recorded_at,
        case_id=file.case_id,
        sample_id=file.sample_id,
        institution=file.institution,
    )
    return envelop(event, id=derived_id(event.TYPE, file.case_id))


def case_withdrawn(file: CaseFile, withdrawal: Withdrawal) -> Envelope:
    """Return the event of a case that ended because its positive result was withdrawn."""
    event = CaseWithdrawn(
        division=file.division,
        occurred_at=withdrawal.occurred_at,
        recorded_at=withdrawal.recorded_at,
        case_id=file.case_id,
        sample_id=file.sample_id,
        reason_code=withdrawal.reason_code,
        withdrawn_by=withdrawal.withdrawn_by,
    )
    return envelop(event, id=derived_id(event.TYPE, file.case_id))


def case_reported(file: CaseFile, entry: Entry[ReportFacts]) -> Envelope:
    """Return the event of a direct report, or of its correction, without its reporter."""
    facts = entry.facts
    if entry.revision > 1:
        corrected = CaseReportCorrected(
            division=file.division,
            occurred_at=facts.occurred_at,
            recorded_at=entry.recorded_at,
            case_id=file.case_id,
            sample_id=file.sample_id,
            revision=entry.revision,
            classification=facts.classification,
            institution=facts.institution,
        )
        return envelop(corrected, id=derived_id(corrected.TYPE, file.case_id, entry.revision))
    event = CaseReported(
        division=file.division,
        occurred_at=facts.occurred_at,
        recorded_at=entry.recorded_at,
        case_id=file.case_id,
        sample_id=file.sample_id,
        classification=facts.classification,
        institution=facts.institution,
        positive_at=file.positive_at,
        received_at=entry.received_at,
    )
    return envelop(event, id=derived_id(event.TYPE, file.case_id))


def case_reviewed(file: CaseFile, entry: Entry[ReviewFacts]) -> Envelope:
    """Return the event of a review, or of its correction, without its reviewer."""
    facts = entry.facts
    if entry.revision > 1:
        corrected = CaseReviewCorrected(
            division=file.division,
            occurred_at=facts.occurred_at,
            recorded_at=entry.recorded_at,
            case_id=file.case_id,
            sample_id=file.sample_id,
            revision=entry.revision,
            outcome=facts.outcome,
        )
        return envelop(corrected, id=derived_id(corrected.TYPE, file.case_id, entry.revision))
    event = CaseReviewed(
        division=file.division,
        occurred_at=facts.occurred_at,
        recorded_at=entry.recorded_at,
        case_id=file.case_id,
        sample_id=file.sample_id,
        outcome=facts.outcome,
    )
    return envelop(event, id=derived_id(event.TYPE, file.case_id))
