"""Read health reports: those of a day, those of a person, and who has none."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from services.registration.rules.care.health_day import HealthDay
from services.registration.rules.care.health_report import HealthReport
from services.registration.storage import health_days, health_reports
from services.registration.storage.listing import Window
from shared.errors import NotFound
from shared.postgres import Database


async def list_reports(database: Database, window: Window, day: date) -> list[HealthReport]:
    """Return the reports of a day within a window, with one row to spare."""
    async with database.connection() as connection:
        return await health_reports.list_page(connection, window, day)


async def reports_of_person(
    database: Database, person_id: UUID, *, reaches: Callable[[str], bool]
) -> list[HealthReport]:
    """Return the last hundred reports of a person of the subtree, newest first; raises NotFound."""
    async with database.connection() as connection:
        person = (await health_reports.reporters(connection, [person_id])).get(person_id)
        if person is None or not (reaches(person.division) or reaches(person.whereabouts)):
            raise NotFound("There is no such person.")
        return await health_reports.reports_of_person(connection, person.person_id)


async def list_missed(
    database: Database, window: Window, day: date, staff_id: UUID | None, place: str | None = None
) -> list[HealthDay]:
    """Return who has no report of a day, with one row to spare.

    All, or those of one responsible person, or of one key place.
    """
    async with database.connection() as connection:
        return await health_days.list_missed(connection, window, day, staff_id, place)
