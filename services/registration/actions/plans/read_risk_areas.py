"""Read the register of risk areas: one entry with its history, a list, the level at a place on a day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registration.rules.plans.risk_area import RiskArea
from services.registration.rules.plans.risk_level import RiskFound, RiskLevel, level_of_stay
from services.registration.storage import risk_areas
from services.registration.storage.listing import Window
from services.registration.storage.risk_areas import RiskAreaChange, RiskAreaSaid, Touched
from shared.areas import canonical_area
from shared.errors import NotFound
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class RiskAreaFile:
    """An entry with all that was said of it and its changes."""

    held: RiskArea
    said: list[RiskAreaSaid]
    changes: list[RiskAreaChange]


async def read_risk_area(database: Database, risk_area_id: UUID) -> RiskAreaFile:
    """Return an entry with its history; raises NotFound."""
    async with database.connection() as connection:
        held = await risk_areas.find(connection, risk_area_id)
        if held is None:
            raise NotFound("There is no such risk area.")
        return RiskAreaFile(
            held,
            await risk_areas.statements_of(connection, risk_area_id),
            await risk_areas.changes_of(connection, risk_area_id),
        )


async def list_risk_areas(
    database: Database,
    *,
    before: tuple[date, UUID] | None,
    most: int,
    level: RiskLevel | None,
    day: date | None,
) -> list[RiskArea]:
    """Return entries, the newest first; with `day` only those that stand on it."""
    async with database.connection() as connection:
        return await risk_areas.list_page(connection, before=before, most=most, level=level, day=day)


async def read_level_at(database: Database, area: str, day: date) -> RiskFound:
    """Return the level that a place had on a day, as the register stands now."""
    place = canonical_area(area)
    async with database.connection() as connection:
        found = await risk_areas.periods_touching(connection, [place])
    return level_of_stay(place, day, day, (period for _, period in found[place]))


async def list_touched(database: Database, risk_area_id: UUID, window: Window) -> list[Touched]:
    """Return whom the changes of an entry touched in a subtree, with one row to spare; raises NotFound."""
    async with database.connection() as connection:
        if await risk_areas.find(connection, risk_area_id) is None:
            raise NotFound("There is no such risk area.")
        return await risk_areas.list_touched(connection, risk_area_id, window)
