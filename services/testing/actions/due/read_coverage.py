"""Read due against done 应检尽检覆盖率: of a unit and those below it, and day by day."""

from collections.abc import Sequence
from datetime import date

from services.testing.storage import coverage
from services.testing.storage.coverage import DayCoverage, UnitCoverage
from shared.divisions import DivisionRegister
from shared.postgres import Database


async def read_coverage(
    database: Database, divisions: DivisionRegister, division: str, from_on: date, to_on: date
) -> Sequence[UnitCoverage]:
    """Return the coverage of a unit and of each directly below it, by category (town §9)."""
    units = [division, *(child.code for child in divisions.children(division))]
    async with database.connection() as connection:
        return await coverage.of_units(connection, units, from_on, to_on)


async def read_history(
    database: Database, division: str, category: str | None, from_on: date, to_on: date
) -> Sequence[DayCoverage]:
    """Return the coverage of a unit day by day, all units below it included."""
    async with database.connection() as connection:
        return await coverage.by_day(connection, division, category, from_on, to_on)
