"""Read sites with who is in them, and how the rooms of an area stand, as they are at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.registration.rules.quarantine.occupancy import Occupancy, shown_state, together
from services.registration.rules.quarantine.reserve import Reckoning, ReserveSite, reckon
from services.registration.rules.quarantine.site import Site, SiteKind, SiteState
from services.registration.storage import reserve, rooms, site_rounds, sites
from services.registration.storage.listing import Window
from services.registration.storage.rooms import RoomWithPeople
from services.registration.storage.site_rounds import SiteRound
from shared.divisions import contains, subtree_bounds
from shared.errors import NotFound
from shared.policy.quarantine import QuarantineFile
from shared.postgres import Database

Bounds = tuple[str, str]
EVERYWHERE: Bounds = ("", "~")


@dataclass(frozen=True, slots=True)
class ShownSite:
    """A site and how full it is."""

    site: Site
    occupancy: Occupancy

    @property
    def id(self) -> UUID:
        """The site's id."""
        return self.site.id

    @property
    def division(self) -> str:
        """The site's division."""
        return self.site.division

    @property
    def state(self) -> SiteState:
        """As it is shown."""
        return shown_state(self.site, self.occupancy)


async def read_site(database: Database, code: str, bounds: Bounds) -> tuple[ShownSite, list[RoomWithPeople]]:
    """Return a site of the subtree and its rooms with who is in them; raises NotFound."""
    async with database.connection() as connection:
        site = await sites.find(connection, code, bounds)
        if site is None:
            raise NotFound("There is no such site.")
        occupancy = (await sites.occupancy(connection, [code]))[code]
        return ShownSite(site, occupancy), await rooms.of_site(connection, code)


async def must_have_site(database: Database, code: str, bounds: Bounds) -> None:
    """Raise NotFound for a site that is not of the subtree."""
    async with database.connection() as connection:
        if await sites.find(connection, code, bounds) is None:
            raise NotFound("There is no such site.")


async def read_rounds(database: Database, code: str, bounds: Bounds) -> list[SiteRound]:
    """Return the rounds of a site of the subtree, the newest first; raises NotFound."""
    await must_have_site(database, code, bounds)
    async with database.connection() as connection:
        return await site_rounds.of_site(connection, code, bounds)


async def list_sites(
    database: Database, window: Window, kind: SiteKind | None, state: SiteState | None
) -> list[ShownSite]:
    """Return the sites of a window, of one kind or state or all, with one row to spare."""
    async with database.connection() as connection:
        found = await sites.list_page(connection, window, kind, state)
        occupancy = await sites.occupancy(connection, [site.code for site in found])
    return [ShownSite(site, occupancy[site.code]) for site in found]


@dataclass(frozen=True, slots=True)
class ReserveOfArea:
    """The rooms that an area needs and has, and how full its sites are."""

    division: str
    reckoning: Reckoning
    sites_called_up: tuple[str, ...]
    occupancy: Occupancy
    """Of its sites that count, and of whatever else is open."""


async def read_reserve(database: Database, areas: Sequence[str], law: QuarantineFile) -> list[ReserveOfArea]:
    """Return the reserve of areas, in their order; all of them lie in the first."""
    return await _reserves(database, areas, law, subtree_bounds(areas[0]))


async def read_districts(
    database: Database, districts: Sequence[str], law: QuarantineFile
) -> list[ReserveOfArea]:
    """Return the reserve of each district."""
    return await _reserves(database, districts, law, EVERYWHERE)


async def _reserves(
    database: Database, areas: Sequence[str], law: QuarantineFile, bounds: Bounds
) -> list[ReserveOfArea]:
    async with (
        database.connection() as connection,
        # one moment for all: a case and the sites that it called up are seen both or neither
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        registered = await sites.of_area(connection, bounds)
        infected = await reserve.infected_by_division(connection, bounds)
        occupancy = await sites.occupancy(connection, [site.code for site in registered])
    return [_of_area(area, registered, infected, occupancy, law) for area in areas]


def _of_area(
    area: str,
    registered: Sequence[ReserveSite],
    infected: Mapping[str, int],
    occupancy: Mapping[str, Occupancy],
    law: QuarantineFile,
) -> ReserveOfArea:
    own = [site for site in registered if contains(area, site.division)]
    cases = sum(count for division, count in infected.items() if contains(area, division))
    settled = [site for site in own if not site.may_be_called_up]
    return ReserveOfArea(
        division=area,
        reckoning=reckon(cases, settled, near=area, rooms_per_case=law.reserve.rooms_per_case),
        sites_called_up=tuple(site.code for site in own if site.called_up),
        occupancy=together(
            occupancy[site.code] for site in own if site.counts or site.state is SiteState.OPEN
        ),
    )
