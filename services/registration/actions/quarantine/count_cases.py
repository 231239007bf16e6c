"""Count cases for the reserve of rooms, as reporting tells of them, each once."""

from datetime import datetime

from services.registration.actions.quarantine.reckon_reserve import hold_reserve, reckon_reserve
from services.registration.storage import reserve
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.policy.quarantine import QuarantineFile
from shared.postgres import Database


async def count_case(database: Database, event: CaseOpened, law: QuarantineFile, *, now: datetime) -> None:
    """Count a case, once, and call up back-up sites when the rooms do not suffice any more (town §7)."""
    async with database.transaction() as connection:
        await hold_reserve(connection, event.division)
        if await reserve.open_case(connection, event.case_id, event.division, event.occurred_at, now):
            await reckon_reserve(connection, event.division, law, now=now)


async def uncount_case(database: Database, event: CaseWithdrawn, *, now: datetime) -> None:
    """Count a withdrawn case no more; sites called up for it stay called up until they are closed."""
    async with database.transaction() as connection:
        await hold_reserve(connection, event.division)
        await reserve.withdraw_case(connection, event.case_id, event.division, event.occurred_at, now)
