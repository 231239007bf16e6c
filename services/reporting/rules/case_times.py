"""Which times and institutions a direct report and a review may state."""

from collections.abc import Container
from datetime import datetime

from services.reporting.rules.case_facts import CaseFile, ReportFacts, ReviewFacts
from shared.errors import FieldProblem
from shared.instants import problems_ahead


def problems_of_report(
    facts: ReportFacts, recorded_at: datetime, now: datetime, institutions: Container[str]
) -> list[FieldProblem]:
    """Return why a direct report cannot be taken, field by field, as far as that shows without its case."""
    problems = problems_ahead({"occurred_at": facts.occurred_at, "recorded_at": recorded_at}, now)
    if facts.institution not in institutions:
        problems.append(FieldProblem("institution", f"unknown institution {facts.institution!r}"))
    return problems


def problems_of_review(facts: ReviewFacts, recorded_at: datetime, now: datetime) -> list[FieldProblem]:
    """Return why a review cannot be taken, field by field, as far as it can be said without its case."""
    started_at = facts.investigation_started_at
    instants = {
        "investigation_started_at": started_at,
        "occurred_at": facts.occurred_at,
        "recorded_at": recorded_at,
    }
    problems = problems_ahead(instants, now)
    if started_at > facts.occurred_at:
        problems.append(FieldProblem("investigation_started_at", "lies after occurred_at, the review's end"))
    return problems


def report_too_early(occurred_at: datetime, file: CaseFile) -> list[FieldProblem]:
    """Return the problem of a report before its positive result, or of a correction before its report."""
    if occurred_at < file.positive_at:
        return [FieldProblem("occurred_at", "lies before the positive result")]
    if file.reported_at is not None and occurred_at < file.reported_at:
        return [FieldProblem("occurred_at", "lies before the report that it corrects")]
    return []


def review_too_early(occurred_at: datetime, file: CaseFile) -> list[FieldProblem]:
    """Return the problem of a review before its direct report, or of a correction before its review."""
    if file.reported_at is not None and occurred_at < file.reported_at:
        return [FieldProblem("occurred_at", "lies before the direct report")]
    if file.reviewed_at is not None and occurred_at < file.reviewed_at:
        return [FieldProblem("occurred_at", "lies before the review that it corrects")]
    return []
