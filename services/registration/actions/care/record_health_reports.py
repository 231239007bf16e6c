"""Record health reports, settle the days for which they were owed, and flag symptoms: one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.registration.actions.care.flag_symptoms import flag_symptoms
from services.registration.actions.plans.place_people import place_people
from services.registration.ledger import Ledger, Outcome, keep
from services.registration.rules.care import health_report
from services.registration.rules.care.health_day import HealthDay
from services.registration.rules.care.health_report import (
    HealthReport,
    HealthStatement,
    flags_of,
    problems_of,
)
from services.registration.rules.care.symptom_episode import Flag
from services.registration.storage import health_days, health_reports
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import HealthReported
from shared.errors import FieldProblem
from shared.policy.care import HealthReports
from shared.postgres import Connection, Database
from shared.verdicts import Verdict
from shared.vocabulary import Symptom

HEALTH_REPORTS: Ledger[HealthStatement, HealthReport] = Ledger(
    begin=health_report.begin,
    merge=health_report.merge,
    insert=health_reports.insert,
    lock=health_reports.lock,
    update=health_reports.update,
    append=health_reports.append,
)

NOBODY = FieldProblem("person_id", "is nobody of the subtree of this key")


@dataclass(frozen=True, slots=True)
class JudgedReport:
    """What became of one statement; a refused one says why and has no report."""

    verdict: Verdict
    held: HealthReport | None
    flagged: frozenset[Symptom] = frozenset()
    problems: tuple[FieldProblem, ...] = ()


async def record_health_reports(
    database: Database,
    law: HealthReports,
    statements: Sequence[HealthStatement],
    *,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[JudgedReport]:
    """Return what became of each statement, in their order; the good ones are kept together.

    Of whom a statement speaks is looked up: whoever was merged is the one that stayed, and whoever is in a
    stage elsewhere is there. A fever or a listed symptom is told in the same transaction, and opens an
    episode (渡建胜肺炎组发〔2021〕2号 §11, §13); the first report of a day that was owed settles it.
    """
    async with database.transaction() as connection:
        located = await _locate(connection, statements, reaches)
        problems = [
            tuple(problems_of(said, now)) if found is not None else (NOBODY,)
            for said, found in zip(statements, located, strict=True)
        ]
        good = [found for found, wrong in zip(located, problems, strict=True) if found and not wrong]
        outcome = await keep(connection, HEALTH_REPORTS, good, now=now)
        events = await _settle_days(connection, outcome, now)
        flags = list(_flags(good, outcome, law))
        events += await flag_symptoms(connection, flags, now=now)
        await outbox.put(connection, events, now=now)
        await place_people(connection, {flag.person_id for flag in flags}, now=now)
    stored = iter(
        JudgedReport(kept.verdict, kept.held, flags_of(said, law))
        for said, kept in zip(good, outcome.recorded, strict=True)
    )
    return [
        JudgedReport(Verdict.REFUSED, None, problems=wrong) if wrong else next(stored) for wrong in problems
    ]


async def _locate(
    connection: Connection, statements: Sequence[HealthStatement], reaches: Callable[[str], bool]
) -> list[HealthStatement | None]:
    """Return each statement with who the person is now and where; None for nobody of the subtree."""
    people = await health_reports.reporters(connection, [said.person_id for said in statements])
    located: list[HealthStatement | None] = []
    for said in statements:
        person = people.get(said.person_id)
        if person is None or not (reaches(person.division) or reaches(person.whereabouts)):
            located.append(None)
        else:
            located.append(replace(said, person_id=person.person_id, division=person.whereabouts))
    return located


async def _settle_days(
    connection: Connection, outcome: Outcome[HealthReport], now: datetime
) -> list[Envelope]:
    reported: dict[tuple[UUID, date], tuple[str, datetime]] = {}
    for change in outcome.changes:
        held = change.after
        known = reported.get((held.person_id, held.day))
        earliest = held.first_measured_at if known is None else min(known[1], held.first_measured_at)
        reported[held.person_id, held.day] = (held.division, earliest)
    settled = await health_days.report_days(connection, reported) if reported else []
    return [reported_event(day, now) for day in settled if day.opened_at and not day.excused_at]


def reported_event(day: HealthDay, now: datetime) -> Envelope:
    """Return what tells that the report of a day that was owed is there."""
    assert day.reported_at is not None, "only a day with a report is told of"
    event = HealthReported(
        division=day.division,
        occurred_at=day.reported_at,
        recorded_at=now,
        person_id=day.person_id,
        day=day.day,
    )
    return envelop(event, id=derived_id(event.TYPE, day.person_id, day.day, day.reported_at))


def _flags(said: Sequence[HealthStatement], outcome: Outcome[HealthReport], law: HealthReports) -> list[Flag]:
    """Return what those statements flag that had not been made before."""
    return [
        Flag(
            person_id=one.person_id,
            division=one.division,
            symptoms=symptoms,
            temperature_celsius=one.temperature_celsius,
            measured_at=one.measured_at,
            recorded_at=one.recorded_at,
        )
        for one, recorded in zip(said, outcome.recorded, strict=True)
        if recorded.verdict is Verdict.STORED and (symptoms := flags_of(one, law))
    ]
