"""Read sentinels' reports, one with all that was said of it, or a page of many."""

from uuid import UUID

from services.registration.rules.sentinels.symptom_report import SymptomReport, SymptomReportState
from services.registration.storage import symptom_reports
from services.registration.storage.listing import Window
from services.registration.storage.symptom_reports import SymptomsSaid
from shared.errors import NotFound
from shared.postgres import Database


async def read_symptom_report(
    database: Database, report_id: UUID, bounds: tuple[str, str]
) -> tuple[SymptomReport, list[SymptomsSaid]]:
    """Return what holds of a report of the subtree and what was said of it; raises NotFound."""
    async with database.connection() as connection:
        held = await symptom_reports.find(connection, report_id, bounds)
        if held is None:
            raise NotFound("There is no such report.")
        return held, await symptom_reports.statements_of(connection, report_id)


async def list_symptom_reports(
    database: Database, window: Window, state: SymptomReportState | None
) -> list[SymptomReport]:
    """Return the reports of a window, those of one state or all, with one row to spare."""
    async with database.connection() as connection:
        return await symptom_reports.list_page(connection, window, state)
