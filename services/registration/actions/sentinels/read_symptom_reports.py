"""Read sentinels' reports, one with all that was said of it, or a page of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.registration.rules.sentinels.recipients import Addressee, addressees_of
from services.registration.rules.sentinels.sentinel import Standing, standing_of
from services.registration.rules.sentinels.symptom_report import SymptomReport, SymptomReportState
from services.registration.storage import sentinels, symptom_reports
from services.registration.storage.listing import Window
from services.registration.storage.symptom_reports import SymptomsSaid
from shared.errors import NotFound
from shared.institutions import InstitutionRegister
from shared.policy.surveillance import Reports
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class ShownReport:
    """A report, how its sentinel stands in the register, and who gets it."""

    report: SymptomReport
    standing: Standing
    addressees: Sequence[Addressee]

    @property
    def id(self) -> UUID:
        """The report's id."""
        return self.report.id

    @property
    def division(self) -> str:
        """The report's division."""
        return self.report.division


async def show_reports(
    database: Database, held: Sequence[SymptomReport], law: Reports, institutions: InstitutionRegister
) -> list[ShownReport]:
    """Return reports as they are shown."""
    async with database.connection() as connection:
        register = await sentinels.of_codes(connection, [one.sentinel for one in held])
    return [
        ShownReport(
            one,
            standing_of(register.get(one.sentinel), one.division, one.seen.at),
            addressees_of(one.division, law, institutions),
        )
        for one in held
    ]


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
