"""Rows of daily reports."""

from datetime import date

from services.reporting.rules.daily_figures import DailyFacts, DailyReport
from services.reporting.storage import QUERIES
from shared.postgres import Connection, Record


def _report(row: Record) -> DailyReport:
    return DailyReport(
        unit=row["unit"],
        day=row["day"],
        revision=row["revision"],
        facts=DailyFacts(row["figures"], row["abnormal"], row["note"], row["reporter"]),
        recorded_at=row["recorded_at"],
        received_at=row["received_at"],
        received_from=row["received_from"],
    )


async def insert_report(connection: Connection, report: DailyReport) -> bool:
    """Store a revision; False when that revision of the unit's day is on record already."""
    facts = report.facts
    stored = await QUERIES.execute(
        connection,
        "insert_daily_report",
        unit=report.unit,
        day=report.day,
        revision=report.revision,
        zero=facts.zero,
        figures=facts.figures,
        abnormal=facts.abnormal,
        note=facts.note,
        reporter=facts.reporter,
        recorded_at=report.recorded_at,
        received_at=report.received_at,
        received_from=report.received_from,
    )
    return stored == 1


async def lock_history(connection: Connection, unit: str, day: date) -> list[DailyReport]:
    """Return what a unit filed for a day, oldest first; nobody else adds to it until the transaction ends."""
    await QUERIES.execute(connection, "lock_daily_report", unit=unit, day=day)
    rows = await QUERIES.fetch(connection, "daily_report_history", unit=unit, day=day)
    return [_report(row) for row in rows]


async def filed_units(connection: Connection, day: date, bounds: tuple[str, str]) -> set[str]:
    """Return the units of the subtree that filed a report of the day."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "filed_units", day=day, low=low, high=high)
    return {row["unit"] for row in rows}


async def list_reports(
    connection: Connection, day: date, bounds: tuple[str, str], *, after: str, most: int
) -> list[DailyReport]:
    """Return every revision of up to `most` units with codes above `after`, in the order of their codes."""
    low, high = bounds
    rows = await QUERIES.fetch(
        connection, "list_daily_reports", day=day, low=low, high=high, after=after, most=most
    )
    return [_report(row) for row in rows]
