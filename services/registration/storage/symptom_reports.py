"""The rows of sentinels' reports: what holds of each, and what was said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.sentinels.symptom_report import (
    SymptomReport,
    SymptomReportState,
    SymptomStatement,
)
from services.registration.rules.telling import Telling
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Symptom

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "symptom_reports.sql")


@dataclass(frozen=True, slots=True)
class SymptomsSaid:
    """One statement about a patient with symptoms as it was kept."""

    symptoms: frozenset[Symptom]
    seen_at: datetime
    reported_at: datetime | None
    recorded_at: datetime
    received_at: datetime


def _symptoms(row: Record) -> frozenset[Symptom]:
    return frozenset(Symptom(symptom) for symptom in row["symptoms"])


def _written(symptoms: frozenset[Symptom]) -> str:
    """An array of arrays cannot be ragged in PostgreSQL, so each row's symptoms travel as one text."""
    return " ".join(sorted(symptoms))


def _held(row: Record) -> SymptomReport:
    reported_at: datetime | None = row["reported_at"]
    return SymptomReport(
        id=row["report_id"],
        reference=row["reference"],
        sentinel=row["sentinel"],
        division=row["division"],
        symptoms=_symptoms(row),
        seen=Telling(row["seen_at"], row["seen_recorded_at"]),
        due_at=row["due_at"],
        reported=None if reported_at is None else Telling(reported_at, row["report_recorded_at"]),
    )


async def insert(
    connection: Connection, reports: Sequence[SymptomReport], received_at: datetime
) -> set[UUID]:
    """Store what is new and return its ids; the rows come in the order of their ids, each once."""
    rows = await QUERIES.fetch(
        connection,
        "insert_symptom_reports",
        divisions=[held.division for held in reports],
        sentinels=[held.sentinel for held in reports],
        references=[held.reference for held in reports],
        received_at=received_at,
        **_columns(reports),
    )
    return {row["report_id"] for row in rows}


async def lock(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, SymptomReport]:
    """Return what is known and let nobody else change it until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_symptom_reports", report_ids=list(ids))
    return {row["report_id"]: _held(row) for row in rows}


async def update(connection: Connection, reports: Sequence[SymptomReport], changed_at: datetime) -> None:
    """Write what holds now."""
    await QUERIES.execute(connection, "update_symptom_reports", changed_at=changed_at, **_columns(reports))


def _columns(reports: Sequence[SymptomReport]) -> dict[str, Sequence[object]]:
    return {
        "report_ids": [held.id for held in reports],
        "states": [held.state for held in reports],
        "symptoms": [_written(held.symptoms) for held in reports],
        "seen_ats": [held.seen.at for held in reports],
        "seen_recorded_ats": [held.seen.recorded_at for held in reports],
        "due_ats": [held.due_at for held in reports],
        "reported_ats": [held.reported and held.reported.at for held in reports],
        "report_recorded_ats": [held.reported and held.reported.recorded_at for held in reports],
    }


async def append(
    connection: Connection, statements: Sequence[SymptomStatement], received_at: datetime
) -> set[UUID]:
    """Keep statements and return the ids of those that had not been made before."""
    rows = await QUERIES.fetch(
        connection,
        "append_symptom_statements",
        report_ids=[said.id for said in statements],
        statement_ids=[said.statement_id for said in statements],
        symptoms=[_written(said.symptoms) for said in statements],
        seen_ats=[said.seen_at for said in statements],
        reported_ats=[said.reported_at for said in statements],
        recorded_ats=[said.recorded_at for said in statements],
        received_froms=[said.received_from for said in statements],
        received_at=received_at,
    )
    return {row["statement_id"] for row in rows}


async def find(connection: Connection, report_id: UUID, bounds: tuple[str, str]) -> SymptomReport | None:
    """Return what holds of a report of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_symptom_report", report_id=report_id, low=low, high=high)
    return None if row is None else _held(row)


async def statements_of(connection: Connection, report_id: UUID) -> list[SymptomsSaid]:
    """Return everything that was said of a report, in the order of its receipt."""
    rows = await QUERIES.fetch(connection, "symptom_statements", report_id=report_id)
    return [
        SymptomsSaid(
            _symptoms(row), row["seen_at"], row["reported_at"], row["recorded_at"], row["received_at"]
        )
        for row in rows
    ]


async def list_page(
    connection: Connection, window: Window, state: SymptomReportState | None
) -> list[SymptomReport]:
    """Return the reports of a window, in the order of division and id, with one row to spare."""
    if state is None:
        rows = await QUERIES.fetch(connection, "list_symptom_reports", **window.values())
    else:
        rows = await QUERIES.fetch(
            connection, "list_symptom_reports_in_state", state=state, **window.values()
        )
    return [_held(row) for row in rows]
