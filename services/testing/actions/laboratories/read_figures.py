"""Read what laboratories resulted, how long it took, what is in doubt and what was noticed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.testing.actions.laboratories.read_laboratories import EVERY_LABORATORY, found
from services.testing.rules.laboratories.tally import HourTally
from services.testing.rules.laboratories.turnaround import StageOfDay
from services.testing.storage import laboratories
from services.testing.storage import laboratory_figures as storage
from services.testing.storage.laboratories import LaboratoryWindow
from services.testing.storage.laboratory_figures import DayFigures, FlaggedResult, StoredNotice
from shared.day_count import begins_at, day_number
from shared.postgres import Database

Bounds = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a laboratory resulted in a period, day by day, and how long each stage took."""

    days: Sequence[DayFigures]
    stages: Sequence[StageOfDay]


async def read_figures(database: Database, code: str, bounds: Bounds, first: date, last: date) -> Figures:
    """Return the figures of a laboratory of the subtree, of both days and those between; raises NotFound."""
    async with database.connection() as connection:
        await found(connection, code, bounds)
        until = begins_at(day_number(last, 1))
        days = await storage.days_of(connection, [code], begins_at(first), until)
        return Figures(days, await storage.stages_of(connection, [code], first, last))


async def read_hours(database: Database, code: str, bounds: Bounds, day: date) -> list[HourTally]:
    """Return what a laboratory of the subtree resulted in each hour of a day; raises NotFound."""
    async with database.connection() as connection:
        await found(connection, code, bounds)
        return await storage.hours_of(connection, code, begins_at(day), begins_at(day_number(day, 1)))


async def read_day(database: Database, bounds: Bounds, day: date) -> Mapping[str, Figures]:
    """Return the figures of all laboratories of a subtree on a day, by code."""
    async with database.connection() as connection:
        rows = await laboratories.list_page(connection, LaboratoryWindow(bounds, EVERY_LABORATORY))
        codes = [row.laboratory.code for row in rows]
        days = await storage.days_of(connection, codes, begins_at(day), begins_at(day_number(day, 1)))
        stages = await storage.stages_of(connection, codes, day, day)
    return {
        code: Figures(
            [one for one in days if one.laboratory == code], [one for one in stages if one.laboratory == code]
        )
        for code in codes
    }


async def list_flagged(
    database: Database, code: str | None, bounds: Bounds, after: tuple[datetime, UUID], most: int
) -> list[FlaggedResult]:
    """Return the results in doubt of a subtree, whichever laboratory they are of or of one."""
    async with database.connection() as connection:
        return await storage.list_flagged(connection, code, bounds, after, most)


async def list_notices(
    database: Database, bounds: Bounds, after: tuple[datetime, UUID], most: int, is_open: bool | None
) -> list[StoredNotice]:
    """Return what was noticed of a subtree's laboratories, by when, with one row to spare."""
    async with database.connection() as connection:
        return await storage.list_notices(connection, bounds, after, most, is_open)


async def list_unregistered(database: Database) -> list[str]:
    """Return the codes of those that result and are not in the register, wherever they stand."""
    async with database.connection() as connection:
        return await storage.unregistered(connection)


async def take_figures(database: Database) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the figures of all laboratories, and how many notices of each kind are open."""
    async with database.connection() as connection:
        return await storage.figures(connection), await storage.open_notices(connection)
