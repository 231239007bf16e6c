"""Give people rooms in a quarantine site, nobody two and no bed twice, all in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.rules.quarantine.nearness import district_of
from services.registration.rules.quarantine.room_choice import BedChoice, RoomOffer, choose_beds
from services.registration.rules.quarantine.stay import RoomsWanted, Stay
from services.registration.storage import people, rooms, sites
from shared.divisions import subtree_bounds
from shared.errors import Conflict, FieldProblem, InvalidInput
from shared.postgres import Connection, Database

Bounds = tuple[str, str]


class NoRoom(Conflict):
    """No site within reach has rooms for all of them; a family is never spread over several sites."""

    slug = "no-room"


class StaysElsewhere(Conflict):
    """Somebody has a room already, not the one that is asked for."""

    slug = "stays-elsewhere"


@dataclass(frozen=True, slots=True)
class Assigned:
    """Where people stay now, in the order in which they were named."""

    stays: list[Stay]
    is_new: bool
    """False when all of them had these rooms before."""


async def assign_rooms(database: Database, wanted: RoomsWanted, *, bounds: Bounds, now: datetime) -> Assigned:
    """Give rooms as `take_rooms` does, in a transaction of its own."""
    async with database.transaction() as connection:
        return await take_rooms(connection, wanted, bounds=bounds, now=now)


async def take_rooms(
    connection: Connection,
    wanted: RoomsWanted,
    *,
    bounds: Bounds,
    now: datetime,
    party_id: UUID | None = None,
) -> Assigned:
    """Give rooms within the caller's transaction: the site that is named, or the nearest of the district.

    Whoever has a room already keeps it, and the others of the family join; the same people again are a
    repetition. `party_id` is the family that they are already, where they had a room before. Only sites
    within `bounds` are used. Raises NoRoom, StaysElsewhere, or InvalidInput for what is not there.
    """
    await rooms.lock_people(connection, wanted.person_ids)
    await _refuse_one_twice(connection, wanted.person_ids)
    codes = await _lock_sites(connection, wanted, bounds)
    staying = await rooms.open_stays(connection, wanted.person_ids)
    party_id = _party_of(wanted, staying.values(), bounds) or party_id or wanted.party_id
    missing = [person_id for person_id in wanted.person_ids if person_id not in staying]
    if missing:
        home = next(iter(staying.values()), None)
        within = codes if home is None else [code for code in codes if code == home.site]
        offered = await rooms.offers(connection, within, party_id)
        given = _choose(missing, wanted, offered, party_id)
        await rooms.begin_stays(connection, wanted, given, party_id, now)
        staying = await rooms.open_stays(connection, wanted.person_ids)
    return Assigned([staying[person_id] for person_id in wanted.person_ids], is_new=bool(missing))


async def _refuse_one_twice(connection: Connection, person_ids: Sequence[UUID]) -> None:
    """Two records that were merged are one person, who needs one bed."""
    survivors = await people.resolve(connection, person_ids)
    if len({survivors.get(id_, id_) for id_ in person_ids}) < len(person_ids):
        problem = FieldProblem("person_ids", "names somebody twice: two of the records were merged")
        raise InvalidInput("The order has fields that are refused.", problems=[problem])


async def _lock_sites(connection: Connection, wanted: RoomsWanted, bounds: Bounds) -> Sequence[str]:
    if wanted.site is None:
        low, high = subtree_bounds(district_of(wanted.division))
        return await sites.lock_open(connection, (max(low, bounds[0]), min(high, bounds[1])))
    await sites.lock_several(connection, [wanted.site])
    site = await sites.find(connection, wanted.site, bounds)
    if site is None:
        raise InvalidInput(
            "There is no such site.", problems=[FieldProblem("site", "is no site within reach")]
        )
    if site.opened_at is None or site.closed_at is not None:
        raise Conflict(f"The site {wanted.site} is not open.")
    if wanted.room is not None and wanted.room not in {room.room for room in site.stated.rooms}:
        raise InvalidInput(
            "There is no such room.", problems=[FieldProblem("room", "is no room of the site")]
        )
    return [wanted.site]


def _party_of(wanted: RoomsWanted, stays: Collection[Stay], bounds: Bounds) -> UUID | None:
    for stay in stays:
        if not bounds[0] <= stay.site_division < bounds[1]:
            raise StaysElsewhere("Somebody of them has a room in another site already.")
        if wanted.site not in (None, stay.site) or wanted.room not in (None, stay.room):
            raise StaysElsewhere(f"Somebody of them stays in {stay.site}, room {stay.room}; move them.")
    parties = {stay.party_id for stay in stays}
    if len(parties) > 1:
        raise StaysElsewhere("They stay as several parties already.")
    return parties.pop() if parties else None


def _choose(
    person_ids: Sequence[UUID], wanted: RoomsWanted, offered: Sequence[RoomOffer], party_id: UUID
) -> Mapping[UUID, BedChoice]:
    if wanted.room is not None:
        offered = [offer for offer in offered if offer.room == wanted.room]
    beds = choose_beds(len(person_ids), wanted.division, offered, party=party_id)
    if beds is None:
        raise NoRoom(_no_room_reason(wanted))
    return dict(zip(sorted(person_ids), beds, strict=True))


def _no_room_reason(wanted: RoomsWanted) -> str:
    if wanted.room is not None:
        return f"There is no room for all of them in room {wanted.room} of {wanted.site}."
    if wanted.site is not None:
        return f"There is no room for all of them in {wanted.site}."
    return "There is no room for all of them in any open site."
