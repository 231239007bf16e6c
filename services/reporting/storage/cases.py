"""Rows of cases, their reports, reviews and withdrawals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.reporting.rules.case_facts import CaseFile, Entry, ReportFacts, ReviewFacts, Withdrawal
from services.reporting.rules.case_order import CaseState
from services.reporting.storage import QUERIES
from shared.postgres import Connection, Record
from shared.vocabulary import Classification, Method, ReviewOutcome

EVERYWHERE = ("", "~")
"""The bounds of all divisions, for what the bus says."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows: positive at `since` or later and before `until`."""

    bounds: tuple[str, str]
    state: CaseState | None
    institution: str | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many cases are in a state, and when the oldest of them was found positive."""

    cases: int
    oldest_positive_at: datetime


def _case(row: Record) -> CaseFile:
    columns: dict[str, Any] = dict(row)
    columns["method"], columns["state"] = Method(row["method"]), CaseState(row["state"])
    return CaseFile(**columns)


def _withdrawal(row: Record) -> Withdrawal:
    return Withdrawal(**row)


def _report(row: Record) -> Entry[ReportFacts]:
    facts = ReportFacts(
        classification=Classification(row["classification"]),
        institution=row["institution"],
        reporter=row["reporter"],
        occurred_at=row["occurred_at"],
    )
    return Entry(row["revision"], facts, row["recorded_at"], row["received_at"], row["received_from"])


def _review(row: Record) -> Entry[ReviewFacts]:
    facts = ReviewFacts(
        outcome=ReviewOutcome(row["outcome"]),
        reviewer=row["reviewer"],
        investigation_started_at=row["investigation_started_at"],
        occurred_at=row["occurred_at"],
    )
    return Entry(row["revision"], facts, row["recorded_at"], row["received_at"], row["received_from"])


async def share_openings(connection: Connection) -> None:
    """Let no withdrawal be written until the transaction ends; others may open cases meanwhile."""
    await QUERIES.fetchval(connection, "share_openings")


async def halt_openings(connection: Connection) -> None:
    """Wait for the cases that are being opened, and let none be opened until the transaction ends."""
    await QUERIES.fetchval(connection, "halt_openings")


async def insert_cases(
    connection: Connection, files: Sequence[CaseFile], *, received_at: datetime
) -> set[UUID]:
    """Store cases and return the ids of those that were new; no case may stand twice among `files`.

    They are written in the order of their ids, so that two that open the same cases never block each other.
    """
    files = sorted(files, key=lambda file: file.case_id)
    rows = await QUERIES.fetch(
        connection,
        "insert_cases",
        case_ids=[file.case_id for file in files],
        sample_ids=[file.sample_id for file in files],
        divisions=[file.division for file in files],
        institutions=[file.institution for file in files],
        methods=[file.method for file in files],
        tube_codes=[file.tube_code for file in files],
        sampled_ats=[file.sampled_at for file in files],
        positive_ats=[file.positive_at for file in files],
        recorded_ats=[file.recorded_at for file in files],
        states=[file.state for file in files],
        withdrawn_ats=[file.withdrawn_at for file in files],
        received_at=received_at,
    )
    return {row["case_id"] for row in rows}


async def find_case(connection: Connection, case_id: UUID, bounds: tuple[str, str]) -> CaseFile | None:
    """Return a case of the subtree."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_case", case_id=case_id, low=low, high=high)
    return _case(row) if row else None


async def lock_case(connection: Connection, case_id: UUID, bounds: tuple[str, str]) -> CaseFile | None:
    """Return a case of the subtree, which nobody else changes until the transaction ends."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "lock_case", case_id=case_id, low=low, high=high)
    return _case(row) if row else None


async def update_case(connection: Connection, file: CaseFile) -> None:
    """Store how far a case has come."""
    await QUERIES.execute(
        connection,
        "update_case",
        case_id=file.case_id,
        state=file.state,
        reported_at=file.reported_at,
        reviewed_at=file.reviewed_at,
        withdrawn_at=file.withdrawn_at,
    )


async def list_cases(
    connection: Connection, wanted: CaseFilter, *, before: tuple[datetime, UUID], most: int
) -> list[CaseFile]:
    """Return up to `most` cases, the latest positive first, from those that come after `before`."""
    low, high = wanted.bounds
    before_at, before_id = before
    rows = await QUERIES.fetch(
        connection,
        "list_cases",
        low=low,
        high=high,
        state=wanted.state,
        institution=wanted.institution,
        since=wanted.since,
        until=wanted.until,
        before_at=before_at,
        before_id=before_id,
        most=most,
    )
    return [_case(row) for row in rows]


async def insert_withdrawal(connection: Connection, withdrawal: Withdrawal) -> bool:
    """Keep a withdrawal, whether its case is open yet or not; False when it is known already."""
    stored = await QUERIES.execute(
        connection,
        "insert_withdrawal",
        sample_id=withdrawal.sample_id,
        division=withdrawal.division,
        institution=withdrawal.institution,
        reason_code=withdrawal.reason_code,
        withdrawn_by=withdrawal.withdrawn_by,
        occurred_at=withdrawal.occurred_at,
        recorded_at=withdrawal.recorded_at,
        received_at=withdrawal.received_at,
    )
    return stored == 1


async def find_withdrawals(connection: Connection, sample_ids: Sequence[UUID]) -> Mapping[UUID, Withdrawal]:
    """Return the withdrawals of those samples whose positive was withdrawn."""
    rows = await QUERIES.fetch(connection, "find_withdrawals", sample_ids=list(sample_ids))
    return {row["sample_id"]: _withdrawal(row) for row in rows}


async def list_reports(connection: Connection, case_id: UUID) -> list[Entry[ReportFacts]]:
    """Return a case's direct report and its corrections, oldest first."""
    return [_report(row) for row in await QUERIES.fetch(connection, "list_reports", case_id=case_id)]


async def insert_report(connection: Connection, case_id: UUID, entry: Entry[ReportFacts]) -> None:
    """Store a direct report or a correction of it."""
    await QUERIES.execute(
        connection,
        "insert_report",
        case_id=case_id,
        revision=entry.revision,
        classification=entry.facts.classification,
        institution=entry.facts.institution,
        reporter=entry.facts.reporter,
        occurred_at=entry.facts.occurred_at,
        recorded_at=entry.recorded_at,
        received_at=entry.received_at,
        received_from=entry.received_from,
    )


async def list_reviews(connection: Connection, case_id: UUID) -> list[Entry[ReviewFacts]]:
    """Return a case's review and its corrections, oldest first."""
    return [_review(row) for row in await QUERIES.fetch(connection, "list_reviews", case_id=case_id)]


async def insert_review(connection: Connection, case_id: UUID, entry: Entry[ReviewFacts]) -> None:
    """Store a review or a correction of it."""
    await QUERIES.execute(
        connection,
        "insert_review",
        case_id=case_id,
        revision=entry.revision,
        outcome=entry.facts.outcome,
        reviewer=entry.facts.reviewer,
        investigation_started_at=entry.facts.investigation_started_at,
        occurred_at=entry.facts.occurred_at,
        recorded_at=entry.recorded_at,
        received_at=entry.received_at,
        received_from=entry.received_from,
    )


async def count_cases(connection: Connection) -> Mapping[CaseState, CaseCount]:
    """Return the counts of the states that have cases."""
    rows = await QUERIES.fetch(connection, "count_cases")
    return {CaseState(row["state"]): CaseCount(row["cases"], row["oldest_positive_at"]) for row in rows}
