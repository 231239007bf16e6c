"""Ask for the next rung of every climb whose wait is over."""

from dataclasses import dataclass
from datetime import datetime

from services.alerts.storage import pages
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class Climbed:
    """How many climbs were due, how many asked for a page, and when the next one is due."""

    due: int
    asked: int
    next_at: datetime | None


async def climb_ladders(database: Database, *, now: datetime) -> Climbed:
    """Turn climbs that are due into requests for pages, in one transaction.

    Which rung, and when, was decided when the rung before it was paged or acknowledged. A clock that was
    closed meanwhile ends its climb here. Several processes share the work and none does a climb twice.
    """
    async with database.transaction() as connection:
        due, asked = await pages.climb_due(connection, now=now)
        next_at = await pages.next_climb_at(connection)
    return Climbed(due, asked, next_at)
