"""The rows of health reports: who people are and where, what holds of each report, and what was said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.care.health_report import (
    HealthReport,
    HealthStatement,
    Period,
    Reporter,
)
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Symptom

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "health_reports.sql")


@dataclass(frozen=True, slots=True)
class Reported:
    """Somebody of whom a report speaks: who they are now, where they live, and where their stage is."""

    person_id: UUID
    division: str
    stage_division: str | None

    @property
    def whereabouts(self) -> str:
        """Where the person is: who is in a stage elsewhere is there."""
        return self.stage_division or self.division


def _written(symptoms: frozenset[Symptom]) -> str:
    """An array of arrays cannot be ragged in PostgreSQL, so each row's symptoms travel as one text."""
    return " ".join(sorted(symptoms))


def _held(row: Record) -> HealthReport:
    return HealthReport(
        id=row["report_id"],
        person_id=row["person_id"],
        division=row["division"],
        day=row["day"],
        period=Period(row["period"]),
        temperature_celsius=row["temperature_celsius"],
        symptoms=frozenset(Symptom(symptom) for symptom in row["symptoms"]),
        reporter=Reporter(row["reporter"]),
        measured_at=row["measured_at"],
        recorded_at=row["recorded_at"],
        statement_id=row["statement_id"],
        first_measured_at=row["first_measured_at"],
    )


async def reporters(connection: Connection, person_ids: Iterable[UUID]) -> Mapping[UUID, Reported]:
    """Return who those people are now, by the ids that were asked for; nobody for an unknown one."""
    rows = await QUERIES.fetch(connection, "reporters", person_ids=sorted(set(person_ids)))
    return {row["asked"]: Reported(row["person_id"], row["division"], row["stage_division"]) for row in rows}


async def insert(connection: Connection, reports: Sequence[HealthReport], received_at: datetime) -> set[UUID]:
    """Store what is new and return its ids; the rows come in the order of their ids, each once."""
    rows = await QUERIES.fetch(
        connection,
        "insert_health_reports",
        person_ids=[held.person_id for held in reports],
        divisions=[held.division for held in reports],
        days=[held.day for held in reports],
        periods=[held.period for held in reports],
        received_at=received_at,
        **_columns(reports),
    )
    return {row["report_id"] for row in rows}


async def lock(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, HealthReport]:
    """Return what is known and let nobody else change it until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_health_reports", report_ids=list(ids))
    return {row["report_id"]: _held(row) for row in rows}


async def update(connection: Connection, reports: Sequence[HealthReport], changed_at: datetime) -> None:
    """Write what holds now."""
    await QUERIES.execute(connection, "update_health_reports", changed_at=changed_at, **_columns(reports))


def _columns(reports: Sequence[HealthReport]) -> dict[str, Sequence[object]]:
    return {
        "report_ids": [held.id for held in reports],
        "temperatures": [held.temperature_celsius for held in reports],
        "symptoms": [_written(held.symptoms) for held in reports],
        "reporters": [held.reporter for held in reports],
        "measured_ats": [held.measured_at for held in reports],
        "first_measured_ats": [held.first_measured_at for held in reports],
        "recorded_ats": [held.recorded_at for held in reports],
        "statement_ids": [held.statement_id for held in reports],
    }


async def append(
    connection: Connection, statements: Sequence[HealthStatement], received_at: datetime
) -> set[UUID]:
    """Keep statements and return the ids of those that had not been made before."""
    rows = await QUERIES.fetch(
        connection,
        "append_health_statements",
        report_ids=[said.id for said in statements],
        statement_ids=[said.statement_id for said in statements],
        temperatures=[said.temperature_celsius for said in statements],
        symptoms=[_written(said.symptoms) for said in statements],
        reporters=[said.reporter for said in statements],
        measured_ats=[said.measured_at for said in statements],
        recorded_ats=[said.recorded_at for said in statements],
        received_froms=[said.received_from for said in statements],
        received_at=received_at,
    )
    return {row["statement_id"] for row in rows}


async def reports_of_person(connection: Connection, person_id: UUID) -> list[HealthReport]:
    """Return the last hundred reports of a person, newest first."""
    rows = await QUERIES.fetch(connection, "reports_of_person", person_id=person_id)
    return [_held(row) for row in rows]


async def list_page(connection: Connection, window: Window, day: date) -> list[HealthReport]:
    """Return the reports of a day within a window, in the order of division and id, with one to spare."""
    rows = await QUERIES.fetch(connection, "list_health_reports", day=day, **window.values())
    return [_held(row) for row in rows]
