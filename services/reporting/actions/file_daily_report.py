"""Put a unit's figures of a reporting day on record, or a correction of them."""

from dataclasses import dataclass
from datetime import date, datetime, time

from services.reporting.rules.daily_events import daily_events
from services.reporting.rules.daily_figures import DailyFacts, DailyReport
from services.reporting.rules.entry import Verdict, judge
from services.reporting.rules.reporting_day import problems_of_day
from services.reporting.storage import daily_reports
from shared import outbox
from shared.errors import InvalidInput
from shared.postgres import Connection, Database


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a filing: its verdict and the revision that it is on record as."""

    verdict: Verdict
    report: DailyReport


async def file_daily_report(
    database: Database,
    unit: str,
    day: date,
    facts: DailyFacts,
    *,
    ends: time,
    recorded_at: datetime,
    received_from: str,
    now: datetime,
) -> Filed:
    """Store a filing: the first of a unit and day stands, a later one is appended as a correction (town §3).

    Its time is its receipt, and no correction moves it. What is abnormal is told at once, by a correction
    too. Raises InvalidInput for a day that has not begun or lies more than 31 days back.
    """
    if problems := problems_of_day(day, now, ends):
        raise InvalidInput("The day cannot be reported.", problems=problems)
    report = DailyReport(unit, day, 1, facts, recorded_at, now, received_from)
    async with database.transaction() as connection:
        filed = await _file(connection, report)
        if filed.verdict is not Verdict.DUPLICATE:
            await outbox.put(connection, daily_events(filed.report), now=now)
    return filed


async def _file(connection: Connection, report: DailyReport) -> Filed:
    if await daily_reports.insert_report(connection, report):
        return Filed(Verdict.STORED, report)
    last = (await daily_reports.lock_history(connection, report.unit, report.day))[-1]
    verdict = judge(report.facts, [last.facts])
    if verdict is Verdict.DUPLICATE:
        return Filed(verdict, last)
    correction = DailyReport(
        report.unit,
        report.day,
        last.revision + 1,
        report.facts,
        report.recorded_at,
        report.received_at,
        report.received_from,
    )
    await daily_reports.insert_report(connection, correction)
    return Filed(verdict, correction)
