"""The rows of controls, proficiency rounds and suspensions of laboratories."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter

from services.testing.rules.laboratories.controls import (
    Control,
    ControlRun,
    JudgedRun,
    RunJudgement,
    RunVerdict,
)
from services.testing.rules.laboratories.proficiency import PanelItem, ProficiencyRound, Score
from services.testing.rules.laboratories.suspension import Suspension, SuspensionCause
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "laboratory_quality.sql")
_CONTROLS: TypeAdapter[tuple[Control, ...]] = TypeAdapter(tuple[Control, ...])
_ITEMS: TypeAdapter[tuple[PanelItem, ...]] = TypeAdapter(tuple[PanelItem, ...])


@dataclass(frozen=True, slots=True)
class Sent:
    """When something was entered and received, and from whom."""

    recorded_at: datetime
    received_from: str
    now: datetime


@dataclass(frozen=True, slots=True)
class ScoredRound:
    """A proficiency round on record with its score."""

    round: ProficiencyRound
    score: Score


@dataclass(frozen=True, slots=True)
class PlacedSuspension:
    """A suspension and the division of its laboratory."""

    suspension: Suspension
    division: str


def _run(row: Record) -> JudgedRun:
    return JudgedRun(
        ControlRun(
            run=row["run"],
            lot=row["lot"],
            mean_ct=row["mean_ct"],
            deviation_ct=row["deviation_ct"],
            controls=_CONTROLS.validate_python(row["controls"]),
            measured_at=row["measured_at"],
        ),
        RunJudgement(RunVerdict(row["verdict"]), tuple(row["rules"])),
    )


def _round(row: Record) -> ScoredRound:
    items = _ITEMS.validate_python(row["items"])
    return ScoredRound(
        ProficiencyRound(row["round"], row["organiser"], items, row["held_at"]),
        Score(
            items=len(items),
            correct=row["correct"],
            false_negatives=row["false_negatives"],
            false_positives=row["false_positives"],
            unreported=row["unreported"],
            passed=row["passed"],
        ),
    )


def suspension_of(row: Record) -> Suspension:
    """Return the suspension in a row."""
    return Suspension(
        laboratory=row["laboratory"],
        cause=SuspensionCause(row["cause"]),
        cause_reference=row["cause_reference"],
        reason_code=row["reason_code"],
        suspended_at=row["suspended_at"],
        suspended_by=row["suspended_by"],
        ended_at=row["ended_at"],
        ended_by=row["ended_by"],
        ended_reason_code=row["ended_reason_code"],
    )


async def insert_run(connection: Connection, code: str, judged: JudgedRun, sent: Sent) -> bool:
    """Keep the controls of a run; tells whether they were new."""
    run, judgement = judged.run, judged.judgement
    row = await QUERIES.fetchrow(
        connection,
        "insert_control_run",
        code=code,
        run=run.run,
        lot=run.lot,
        mean_ct=run.mean_ct,
        deviation_ct=run.deviation_ct,
        controls=_CONTROLS.dump_python(run.controls, mode="json"),
        measured_at=run.measured_at,
        verdict=judgement.verdict,
        rules=list(judgement.rules),
        recorded_at=sent.recorded_at,
        now=sent.now,
        received_from=sent.received_from,
    )
    return row is not None


async def find_run(connection: Connection, code: str, run: str) -> JudgedRun | None:
    """Return the controls of a run; None when there are none on record."""
    row = await QUERIES.fetchrow(connection, "find_control_run", code=code, run=run)
    return None if row is None else _run(row)


async def runs_before(connection: Connection, code: str, run: ControlRun, most: int) -> list[JudgedRun]:
    """Return runs of the same lot that were measured before, the latest first."""
    rows = await QUERIES.fetch(
        connection,
        "control_runs_before",
        code=code,
        lot=run.lot,
        measured_at=run.measured_at,
        run=run.run,
        most=most,
    )
    return [_run(row) for row in rows]


async def verdicts_since(connection: Connection, code: str, since: datetime, most: int) -> list[RunVerdict]:
    """Return what the runs since a moment were judged to be, the latest first."""
    rows = await QUERIES.fetch(connection, "control_verdicts_since", code=code, since=since, most=most)
    return [RunVerdict(row["verdict"]) for row in rows]


async def list_runs(
    connection: Connection, code: str, before: tuple[datetime, str], most: int
) -> list[JudgedRun]:
    """Return runs of a laboratory, the latest first."""
    (instant, run) = before
    rows = await QUERIES.fetch(
        connection, "list_control_runs", code=code, before=instant, before_run=run, most=most
    )
    return [_run(row) for row in rows]


async def insert_round(connection: Connection, code: str, scored: ScoredRound, sent: Sent) -> bool:
    """Keep a proficiency round; tells whether it was new."""
    round_, score = scored.round, scored.score
    row = await QUERIES.fetchrow(
        connection,
        "insert_round",
        code=code,
        round=round_.round,
        organiser=round_.organiser,
        items=_ITEMS.dump_python(round_.items, mode="json"),
        held_at=round_.held_at,
        correct=score.correct,
        false_negatives=score.false_negatives,
        false_positives=score.false_positives,
        unreported=score.unreported,
        passed=score.passed,
        recorded_at=sent.recorded_at,
        now=sent.now,
        received_from=sent.received_from,
    )
    return row is not None


async def find_round(connection: Connection, code: str, round: str) -> ScoredRound | None:
    """Return a proficiency round; None when it is not on record."""
    row = await QUERIES.fetchrow(connection, "find_round", code=code, round=round)
    return None if row is None else _round(row)


async def list_rounds(
    connection: Connection, code: str, before: tuple[datetime, str], most: int
) -> list[ScoredRound]:
    """Return proficiency rounds of a laboratory, the latest first."""
    (instant, round_) = before
    rows = await QUERIES.fetch(
        connection, "list_rounds", code=code, before=instant, before_round=round_, most=most
    )
    return [_round(row) for row in rows]


async def insert_suspension(
    connection: Connection, suspension: Suspension, *, recorded_at: datetime, now: datetime
) -> None:
    """Keep a suspension; the laboratory must not have an open one."""
    await QUERIES.execute(
        connection,
        "insert_suspension",
        suspension_id=suspension.id,
        laboratory=suspension.laboratory,
        cause=suspension.cause,
        cause_reference=suspension.cause_reference,
        reason_code=suspension.reason_code,
        suspended_at=suspension.suspended_at,
        suspended_by=suspension.suspended_by,
        recorded_at=recorded_at,
        now=now,
    )


async def open_suspension(connection: Connection, code: str) -> Suspension | None:
    """Return the suspension that a laboratory is under; None when it may test."""
    row = await QUERIES.fetchrow(connection, "open_suspension", code=code)
    return None if row is None else suspension_of(row)


async def last_suspension(connection: Connection, code: str) -> Suspension | None:
    """Return a laboratory's latest suspension, open or ended."""
    row = await QUERIES.fetchrow(connection, "last_suspension", code=code)
    return None if row is None else suspension_of(row)


async def end_suspension(connection: Connection, ended: Suspension, *, now: datetime) -> None:
    """End a suspension as it says."""
    await QUERIES.execute(
        connection,
        "end_suspension",
        suspension_id=ended.id,
        ended_at=ended.ended_at,
        ended_by=ended.ended_by,
        reason_code=ended.ended_reason_code,
        now=now,
    )


async def suspensions_of(connection: Connection, codes: Sequence[str]) -> list[Suspension]:
    """Return all suspensions of laboratories, the latest first."""
    rows = await QUERIES.fetch(connection, "suspensions_of", codes=list(codes))
    return [suspension_of(row) for row in rows]


async def list_suspensions(
    connection: Connection,
    bounds: tuple[str, str],
    after: tuple[datetime, UUID],
    most: int,
    is_open: bool | None,
) -> list[PlacedSuspension]:
    """Return the suspensions of a subtree's laboratories by when they began, open or ended or all."""
    (low, high), (after_at, after_id) = bounds, after
    rows = await QUERIES.fetch(
        connection,
        "list_suspensions",
        low=low,
        high=high,
        after_at=after_at,
        after_id=after_id,
        most=most,
        open=is_open,
    )
    return [PlacedSuspension(suspension_of(row), row["division"]) for row in rows]
