"""Follow up what an inspection found: said to be mended, looked at again, confirmed."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.registration.rules.places.finding import Finding, FindingStep, follow
from services.registration.storage import inspections
from shared.errors import NotFound
from shared.postgres import Database
from shared.verdicts import Verdict


async def follow_finding(
    database: Database,
    finding_id: UUID,
    step: FindingStep,
    *,
    clause_of: Callable[[str], str],
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Finding, Verdict]:
    """Take a step and return how the finding stands; a repetition changes nothing.

    `clause_of` gives the clause of an item. Raises NotFound, and what `follow` raises for a step before
    its turn.
    """
    async with database.transaction() as connection:
        finding = await inspections.lock_finding(connection, finding_id, bounds)
        if finding is None:
            raise NotFound("There is no such finding.")
        if not await inspections.append_step(connection, step, now):
            return finding, Verdict.DUPLICATE
        after = follow(finding, step, clause=clause_of(finding.item))
        await inspections.update_finding(connection, after, now)
    return after, Verdict.STORED
