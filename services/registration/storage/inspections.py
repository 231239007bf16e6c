"""The rows of inspections and of what they found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.registration.rules.places.finding import Finding, FindingState, FindingStep
from services.registration.rules.places.inspection import Answer, Answered, Inspection, finding_id
from services.registration.rules.telling import Telling
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "inspections.sql")

NEWEST = 50
"""How many of the newest inspections of a place are shown."""


@dataclass(frozen=True, slots=True)
class StepSaid:
    """One step about a finding as it was kept."""

    step: str
    note: str | None
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime


def _answers(stored: Mapping[str, Any]) -> dict[str, Answered]:
    return {item: Answered(Answer(one["answer"]), one["note"]) for item, one in stored.items()}


def _inspection(row: Record) -> Inspection:
    return Inspection(
        row["place_id"],
        row["reference"],
        row["kind"],
        _answers(row["answers"]),
        row["policy_version"],
        Telling(row["occurred_at"], row["recorded_at"], row["received_from"]),
    )


def _finding(row: Record) -> Finding:
    return Finding(
        row["finding_id"],
        row["inspection_id"],
        row["code"],
        row["division"],
        row["item"],
        FindingState(row["state"]),
        row["found_at"],
        row["mended_at"],
        row["confirmed_at"],
    )


async def insert(connection: Connection, inspection: Inspection, received_at: datetime) -> bool:
    """Keep an inspection and tell whether its reference was new at this place."""
    row = await QUERIES.fetchrow(
        connection,
        "insert_inspection",
        id=inspection.id,
        place_id=inspection.place_id,
        reference=inspection.reference,
        kind=inspection.kind,
        answers={item: {"answer": one.answer, "note": one.note} for item, one in inspection.answers.items()},
        findings=len(inspection.findings),
        policy_version=inspection.policy_version,
        occurred_at=inspection.told.at,
        recorded_at=inspection.told.recorded_at,
        received_at=received_at,
        received_from=inspection.told.source,
    )
    return row is not None


async def find(connection: Connection, inspection_id: UUID) -> Inspection | None:
    """Return an inspection; None when there is none."""
    row = await QUERIES.fetchrow(connection, "find_inspection", id=inspection_id)
    return None if row is None else _inspection(row)


async def newest_of(connection: Connection, place_id: UUID) -> list[Inspection]:
    """Return the newest inspections of a place, the newest first."""
    rows = await QUERIES.fetch(connection, "inspections_of", place_id=place_id, most=NEWEST)
    return [_inspection(row) for row in rows]


async def insert_findings(
    connection: Connection, inspection: Inspection, division: str, changed_at: datetime
) -> None:
    """Open what an inspection found."""
    await QUERIES.execute(
        connection,
        "insert_findings",
        inspection_id=inspection.id,
        place_id=inspection.place_id,
        division=division,
        found_at=inspection.told.at,
        changed_at=changed_at,
        finding_ids=[finding_id(inspection.id, item) for item in inspection.findings],
        items=inspection.findings,
    )


async def find_finding(connection: Connection, id_: UUID, bounds: tuple[str, str]) -> Finding | None:
    """Return a finding of the subtree; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_finding", id=id_, low=low, high=high)
    return None if row is None else _finding(row)


async def lock_finding(connection: Connection, id_: UUID, bounds: tuple[str, str]) -> Finding | None:
    """Return a finding of the subtree and let nobody else change it until the transaction ends."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "lock_finding", id=id_, low=low, high=high)
    return None if row is None else _finding(row)


async def update_finding(connection: Connection, finding: Finding, changed_at: datetime) -> None:
    """Write how a finding stands."""
    await QUERIES.execute(
        connection,
        "update_finding",
        id=finding.id,
        state=finding.state,
        mended_at=finding.mended_at,
        confirmed_at=finding.confirmed_at,
        changed_at=changed_at,
    )


async def append_step(connection: Connection, step: FindingStep, received_at: datetime) -> bool:
    """Keep a step and tell whether it had not been told before."""
    row = await QUERIES.fetchrow(
        connection,
        "append_finding_step",
        finding_id=step.finding_id,
        step_id=step.id,
        step=step.kind,
        note=step.note,
        occurred_at=step.told.at,
        recorded_at=step.told.recorded_at,
        received_at=received_at,
        received_from=step.told.source,
    )
    return row is not None


async def steps_of(connection: Connection, finding: UUID) -> list[StepSaid]:
    """Return every step about a finding, in the order of its receipt."""
    rows = await QUERIES.fetch(connection, "finding_steps", finding_id=finding)
    return [
        StepSaid(row["step"], row["note"], row["occurred_at"], row["recorded_at"], row["received_at"])
        for row in rows
    ]


async def list_findings(
    connection: Connection, window: Window, *, state: FindingState | None, unconfirmed: bool | None
) -> list[Finding]:
    """Return the findings of a window, in the order of division and id, with one row to spare."""
    rows = await QUERIES.fetch(
        connection, "list_findings", state=state, unconfirmed=unconfirmed, **window.values()
    )
    return [_finding(row) for row in rows]
