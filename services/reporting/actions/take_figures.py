"""Take the figures that the dashboards show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from services.reporting.rules.case_order import CaseState
from services.reporting.rules.missing_units import LevelCount, counts_by_level
from services.reporting.rules.reporting_day import day_of
from services.reporting.storage import cases, daily_reports
from services.reporting.storage.cases import EVERYWHERE, CaseCount
from shared.divisions import Division, Level
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class Figures:
    """How the cases stand, and how the present reporting day."""

    cases: Mapping[CaseState, CaseCount]
    daily: Mapping[Level, LevelCount]


async def take_figures(
    database: Database, units: Sequence[Division], *, ends: time, now: datetime
) -> Figures:
    """Count cases by state, and the units that have and have not filed for the present reporting day."""
    async with database.connection() as connection:
        counts = await cases.count_cases(connection)
        filed = await daily_reports.filed_units(connection, day_of(now, ends), EVERYWHERE)
    return Figures(counts, counts_by_level(units, filed))
