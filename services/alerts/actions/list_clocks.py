"""List the clocks of a subtree."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.alerts.rules.clock_state import Clock
from services.alerts.storage import clock_records as storage
from services.alerts.storage.clock_records import ClockFilter
from shared.postgres import Database


async def list_clocks(
    database: Database,
    wanted: ClockFilter,
    *,
    after: tuple[datetime, UUID] | None,
    most: int,
    now: datetime,
) -> Sequence[Clock]:
    """Return up to `most` clocks behind `after`, soonest due first; states are those at `now`."""
    async with database.transaction() as connection:
        return await storage.list_clocks(connection, wanted, after=after, most=most, now=now)
