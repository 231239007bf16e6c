"""Read what inspections found, one with its steps, or a page of many."""

from uuid import UUID

from services.registration.rules.places.finding import Finding, FindingState
from services.registration.storage import inspections
from services.registration.storage.inspections import StepSaid
from services.registration.storage.listing import Window
from shared.errors import NotFound
from shared.postgres import Database


async def read_finding(
    database: Database, finding_id: UUID, bounds: tuple[str, str]
) -> tuple[Finding, list[StepSaid]]:
    """Return a finding of the subtree and every step about it; raises NotFound."""
    async with database.connection() as connection:
        finding = await inspections.find_finding(connection, finding_id, bounds)
        if finding is None:
            raise NotFound("There is no such finding.")
        return finding, await inspections.steps_of(connection, finding_id)


async def list_findings(
    database: Database, window: Window, *, state: FindingState | None, unconfirmed: bool | None
) -> list[Finding]:
    """Return the findings of a window, those of one state, or not confirmed yet, with one row to spare."""
    async with database.connection() as connection:
        return await inspections.list_findings(connection, window, state=state, unconfirmed=unconfirmed)
