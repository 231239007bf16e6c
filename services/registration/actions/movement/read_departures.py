"""Read who leaves, how it stands with the test, whether they may, and when they came home."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registration.rules.movement.departure import Departure
from services.registration.rules.plans.risk_level import RiskLevel, level_of_stay
from services.registration.storage import movement, risk_areas
from services.registration.storage import people as stored_people
from services.registration.storage.listing import Window
from services.registration.storage.movement import Demand, Homecoming
from shared.errors import NotFound
from shared.postgres import Connection, Database


@dataclass(frozen=True, slots=True)
class ShownDeparture:
    """A departure, the level of its destination today, and the return after it."""

    departure: Departure
    destination_level: RiskLevel
    homecoming: Homecoming | None

    @property
    def id(self) -> UUID:
        """The departure's id."""
        return self.departure.id

    @property
    def division(self) -> str:
        """The departure's division."""
        return self.departure.division


async def read_departure(
    database: Database, departure_id: UUID, bounds: tuple[str, str], today: date
) -> ShownDeparture:
    """Return a departure of the subtree; raises NotFound."""
    async with database.connection() as connection:
        held = await movement.find(connection, departure_id, bounds)
        if held is None:
            raise NotFound("There is no such departure.")
        (shown,) = await _shown(connection, [held], today)
    return shown


async def list_departures(database: Database, window: Window, today: date) -> list[ShownDeparture]:
    """Return the departures of a window, with one row to spare."""
    async with database.connection() as connection:
        return await _shown(connection, await movement.list_page(connection, window), today)


async def show_departure(database: Database, held: Departure, today: date) -> ShownDeparture:
    """Return a departure as it is shown."""
    async with database.connection() as connection:
        (shown,) = await _shown(connection, [held], today)
    return shown


async def _shown(connection: Connection, held: Sequence[Departure], today: date) -> list[ShownDeparture]:
    ids = [one.person_id for one in held]
    survivors = await stored_people.resolve(connection, ids)
    several = await stored_people.merged_into(connection, list(set(survivors.values())))
    same = {id_: several[survivor] for id_, survivor in survivors.items()}
    homecomings = await movement.homecomings(connection, held, same)
    touching = await risk_areas.periods_touching(connection, {one.destination for one in held})
    return [
        ShownDeparture(
            one,
            level_of_stay(
                one.destination, today, today, [period for _, period in touching.get(one.destination, ())]
            ).level,
            homecomings.get(one.id),
        )
        for one in held
    ]


async def list_demands(database: Database, after: str, most: int) -> list[Demand]:
    """Return what destinations ask, in the order of their codes."""
    async with database.connection() as connection:
        return await movement.list_demands(connection, after, most)
