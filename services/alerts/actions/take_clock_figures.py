"""Take the figures over all clocks."""

from datetime import datetime

from services.alerts.storage import clock_records as storage
from services.alerts.storage.clock_records import Figures
from shared.postgres import Database


async def take_clock_figures(database: Database, *, now: datetime) -> Figures:
    """Return open clocks by rule and state and the oldest of what is overdue, as of `now`."""
    async with database.connection() as connection:
        return await storage.take_figures(connection, now)
