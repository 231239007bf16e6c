"""Read the register of laboratories: what each has, lacks and can do at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.testing.rules.laboratories.capacity import Capacity, capacity_at
from services.testing.rules.laboratories.gap import Gap, gaps_of
from services.testing.storage import laboratories as storage
from services.testing.storage import laboratory_loans as loans
from services.testing.storage import laboratory_work as work
from services.testing.storage.laboratories import LaboratoryWindow, Revision, StoredLaboratory
from shared.day_count import day_of
from shared.errors import NotFound
from shared.policy.laboratories import LedgerLaw
from shared.postgres import Connection, Database

REVISIONS_SHOWN = 50
WORK_LOOK_BACK = timedelta(days=7)
"""A tube opened earlier that has no result is lost rather than open work."""
EVERY_LABORATORY = 10_000
"""More than a municipality has; what is added up reads them all."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A laboratory with what it can do now and what it lacks."""

    stored: StoredLaboratory
    capacity: Capacity
    gaps: tuple[Gap, ...]


async def standings_of(
    connection: Connection, rows: Sequence[StoredLaboratory], law: LedgerLaw, now: datetime
) -> list[Standing]:
    """Return what laboratories can do and lack at this moment, in their order."""
    codes = [row.laboratory.code for row in rows]
    lasting = await loans.lasting(connection, codes, now)
    tubes = await work.open_work(connection, codes, now - WORK_LOOK_BACK)
    today = day_of(now)
    return [
        Standing(
            row,
            capacity_at(
                row.laboratory.code,
                row.laboratory.facts.tubes_per_day,
                lasting,
                now,
                suspended=row.suspended_at is not None,
                open_tubes=tubes.get(row.laboratory.code, 0),
            ),
            gaps_of(row.laboratory.facts, today, law),
        )
        for row in rows
    ]


async def read_laboratory(
    database: Database, code: str, bounds: tuple[str, str], law: LedgerLaw, *, now: datetime
) -> Standing:
    """Return a laboratory of the subtree; raises NotFound."""
    async with database.connection() as connection:
        (standing,) = await standings_of(connection, [await found(connection, code, bounds)], law, now)
    return standing


async def found(connection: Connection, code: str, bounds: tuple[str, str]) -> StoredLaboratory:
    """Return a laboratory of the subtree; raises NotFound."""
    stored = await storage.find(connection, code, bounds)
    if stored is None:
        raise NotFound("There is no such laboratory.")
    return stored


async def read_history(database: Database, code: str, bounds: tuple[str, str]) -> list[Revision]:
    """Return what was said of a laboratory of the subtree, the last first; raises NotFound."""
    async with database.connection() as connection:
        await found(connection, code, bounds)
        return await storage.history(connection, code, REVISIONS_SHOWN)


async def list_laboratories(
    database: Database,
    window: LaboratoryWindow,
    law: LedgerLaw,
    *,
    kind: str | None,
    suspended: bool | None,
    now: datetime,
) -> list[Standing]:
    """Return the laboratories of a window, with one row to spare."""
    async with database.connection() as connection:
        rows = await storage.list_page(connection, window, kind=kind, suspended=suspended)
        return await standings_of(connection, rows, law, now)


async def all_laboratories(
    database: Database, bounds: tuple[str, str], law: LedgerLaw, *, now: datetime
) -> list[Standing]:
    """Return all laboratories of a subtree, for what is added up."""
    window = LaboratoryWindow(bounds, EVERY_LABORATORY)
    return await list_laboratories(database, window, law, kind=None, suspended=None, now=now)
