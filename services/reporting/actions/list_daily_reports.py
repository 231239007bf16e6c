"""Read what units filed for a reporting day."""

from datetime import date

from services.reporting.rules.daily_figures import DailyReport
from services.reporting.storage import daily_reports
from shared.postgres import Database


async def list_daily_reports(
    database: Database, day: date, bounds: tuple[str, str], *, after: str, most: int
) -> list[list[DailyReport]]:
    """Return the filings of up to `most` units with codes above `after`, unit by unit."""
    async with database.connection() as connection:
        reports = await daily_reports.list_reports(connection, day, bounds, after=after, most=most)
    by_unit: dict[str, list[DailyReport]] = {}
    for report in reports:
        by_unit.setdefault(report.unit, []).append(report)
    return list(by_unit.values())
