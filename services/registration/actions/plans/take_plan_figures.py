"""Count where people stand and what hand-overs leave a gap, for the gauges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.registration.rules.day_count import day_of
from services.registration.rules.plans.care_list import CareList
from services.registration.storage import care_places, stages
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """What the gauges of plans show."""

    people: Mapping[CareList, int]
    handovers_missed: int


async def take_plan_figures(database: Database, *, now: datetime) -> PlanFigures:
    """Return the figures of plans as they are now."""
    async with database.connection() as connection:
        people = await care_places.count_by_list(connection)
        return PlanFigures(people, await stages.count_missed(connection, day_of(now)))
