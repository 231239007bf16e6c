"""Read people, shifts and open gaps of a subtree."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.alerts.storage import pages, roster
from services.alerts.storage.pages import OpenGap
from services.alerts.storage.roster import StoredPerson, StoredShift
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class ShiftFilter:
    """Which shifts a list shows: those that touch the span."""

    bounds: tuple[str, str]
    from_at: datetime
    until_at: datetime
    post: str | None = None


async def read_people(
    database: Database, bounds: tuple[str, str], *, after: str | None, most: int
) -> list[StoredPerson]:
    """Return people by key, those behind `after`."""
    async with database.connection() as connection:
        return await roster.list_people(connection, bounds, after=after, most=most)


async def read_person(database: Database, key: str) -> StoredPerson | None:
    """Return the person that documents call `key`, or None."""
    async with database.connection() as connection:
        return (await roster.find_people(connection, [key])).get(key)


async def read_shifts(
    database: Database, which: ShiftFilter, *, after: tuple[datetime, UUID] | None, most: int
) -> list[StoredShift]:
    """Return shifts by their beginning, those behind `after`."""
    async with database.connection() as connection:
        return await roster.list_shifts(
            connection,
            which.bounds,
            from_at=which.from_at,
            until_at=which.until_at,
            post=which.post,
            after=after,
            most=most,
        )


async def read_gaps(database: Database, bounds: tuple[str, str]) -> list[OpenGap]:
    """Return the open gaps, newest first."""
    async with database.connection() as connection:
        return await pages.list_open_gaps(connection, bounds)
