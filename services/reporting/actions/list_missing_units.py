"""Find the units that have not filed a report of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.reporting.rules.missing_units import LevelCount, counts_by_level, missing_units
from services.reporting.storage import daily_reports
from shared.divisions import Division, Level
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class Missing:
    """Who has not reported, in the order of their codes, and the counts of each level."""

    units: Sequence[Division]
    counts: Mapping[Level, LevelCount]


async def list_missing_units(
    database: Database, day: date, units: Sequence[Division], bounds: tuple[str, str]
) -> Missing:
    """Return which of `units`, all of them within `bounds`, filed nothing, not even zero, for the day."""
    async with database.connection() as connection:
        filed = await daily_reports.filed_units(connection, day, bounds)
    return Missing(missing_units(units, filed), counts_by_level(units, filed))
