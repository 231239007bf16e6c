"""How full sites are 场所入住情况, counted as it is at this moment."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.registration.rules.quarantine.site import Site, SiteState


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Rooms, beds and people of a site, or of several together."""

    rooms: int = 0
    beds: int = 0
    rooms_taken: int = 0
    rooms_free: int = 0
    """Ready, and nobody has them."""
    rooms_in_disinfection: int = 0
    people: int = 0


def together(several: Iterable[Occupancy]) -> Occupancy:
    """Return the sum."""
    sites = list(several)
    return Occupancy(
        rooms=sum(one.rooms for one in sites),
        beds=sum(one.beds for one in sites),
        rooms_taken=sum(one.rooms_taken for one in sites),
        rooms_free=sum(one.rooms_free for one in sites),
        rooms_in_disinfection=sum(one.rooms_in_disinfection for one in sites),
        people=sum(one.people for one in sites),
    )


def shown_state(site: Site, occupancy: Occupancy) -> SiteState:
    """Return a site's state as it is shown: open and without a free room is full."""
    if site.state is SiteState.OPEN and not occupancy.rooms_free:
        return SiteState.FULL
    return site.state
