"""Which rooms people are given 分配房间: the nearest site with room for all of them, then its free rooms.

Somebody alone has a room alone, a family stays together as far as a room has beds, and nobody shares a room
with another party (town §7, §11).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from services.registration.rules.quarantine.nearness import closeness


@dataclass(frozen=True, slots=True)
class RoomOffer:
    """A room that is ready, with what is free in it; `party` is who has it now, None when nobody."""

    site: str
    division: str
    room: str
    corridor: str
    position: int
    free_beds: tuple[int, ...]
    party: UUID | None = None


@dataclass(frozen=True, slots=True)
class BedChoice:
    """A bed for one person."""

    site: str
    room: str
    bed: int


def choose_beds(
    people: int, home: str, offers: Iterable[RoomOffer], *, party: UUID
) -> list[BedChoice] | None:
    """Return a bed for each of `people`, all in one site, or None when no site has room for all of them.

    The nearest site to `home` is taken, of equally near ones that with the most free rooms, then by code.
    In it the party's own rooms come first, then the smallest room that takes the rest, else the largest
    ones until all have a bed. The same offers always give the same choice.
    """
    usable = [offer for offer in offers if offer.free_beds and offer.party in (None, party)]
    sites = [
        (site, list(rooms))
        for site, rooms in groupby(sorted(usable, key=_place), key=lambda offer: offer.site)
    ]

    def preference(entry: tuple[str, Sequence[RoomOffer]]) -> tuple[int, int, str]:
        site, rooms = entry
        free = sum(offer.party is None for offer in rooms)
        return -closeness(home, rooms[0].division), -free, site

    for _, rooms in sorted(sites, key=preference):
        if (chosen := _in_site(people, rooms, party)) is not None:
            return chosen
    return None


def _place(offer: RoomOffer) -> tuple[str, str, int, str]:
    return offer.site, offer.corridor, offer.position, offer.room


def _in_site(people: int, rooms: Sequence[RoomOffer], party: UUID) -> list[BedChoice] | None:
    chosen: list[BedChoice] = []
    own = [offer for offer in rooms if offer.party == party]
    free = [offer for offer in rooms if offer.party is None]
    for offer in own:
        chosen += _beds(offer, people - len(chosen))
    while (left := people - len(chosen)) > 0:
        if not free:
            return None
        offer = _best(left, free)
        free.remove(offer)
        chosen += _beds(offer, left)
    return chosen


def _best(people: int, free: Sequence[RoomOffer]) -> RoomOffer:
    """The smallest room that takes all of them, else the largest there is; the first of its kind."""
    fitting = [offer for offer in free if len(offer.free_beds) >= people]
    if fitting:
        return min(fitting, key=lambda offer: len(offer.free_beds))
    return max(free, key=lambda offer: len(offer.free_beds))


def _beds(offer: RoomOffer, most: int) -> list[BedChoice]:
    return [BedChoice(offer.site, offer.room, bed) for bed in sorted(offer.free_beds)[:most]]
