"""Read a page of cases."""

from datetime import datetime
from uuid import UUID

from services.reporting.rules.case_facts import CaseFile
from services.reporting.storage import cases
from services.reporting.storage.cases import CaseFilter
from shared.postgres import Database


async def list_cases(
    database: Database, wanted: CaseFilter, *, before: tuple[datetime, UUID], most: int
) -> list[CaseFile]:
    """Return up to `most` cases, the latest positive first, from those that come after `before`."""
    async with database.connection() as connection:
        return await cases.list_cases(connection, wanted, before=before, most=most)
