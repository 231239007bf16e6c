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
    full: bool
    """As many were taken as are taken at once; others may be due as well."""


async def climb_ladders(database: Database, *, now: datetime, nobody_found: bool = False) -> Climbed:
    """Turn climbs that are due into requests for pages, in one transaction.

    Which rung, and when, was decided when the rung before it was paged or acknowledged. A clock that was
    closed meanwhile ends its climb here. Several processes share the work and none does a climb twice.
    `nobody_found` takes those for whom nobody was on duty, which are looked for anew, and only those.
    """
    async with database.transaction() as connection:
        due, asked = await pages.climb_due(connection, now=now, nobody_found=nobody_found)
        next_at = await pages.next_climb_at(connection, nobody_found=nobody_found)
    return Climbed(due, asked, next_at, due >= pages.CLIMBS_TOGETHER)
