"""The rows of who stays in which room of a quarantine site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.quarantine.neighbours import StayInSite
from services.registration.rules.quarantine.room_choice import BedChoice, RoomOffer
from services.registration.rules.quarantine.stay import RoomsWanted, Stay, stay_id_of
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "rooms.sql")


@dataclass(frozen=True, slots=True)
class RoomWithPeople:
    """A room as it is at this moment."""

    room: str
    corridor: str
    position: int
    beds: int
    state: str
    state_since: datetime
    party_id: UUID | None
    person_ids: list[UUID]


def _stay(row: Record) -> Stay:
    return Stay(
        id=row["stay_id"],
        site=row["site"],
        room=row["room"],
        bed=row["bed"],
        person_id=row["person_id"],
        party_id=row["party_id"],
        division=row["division"],
        began_at=row["began_at"],
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
        site_division=row["site_division"],
    )


async def lock_people(connection: Connection, person_ids: Sequence[UUID]) -> None:
    """Let nobody else assign, move or let go these people until the transaction ends; before any site."""
    await QUERIES.fetch(connection, "lock_people", person_ids=list(person_ids))


async def open_stays(connection: Connection, person_ids: Sequence[UUID]) -> dict[UUID, Stay]:
    """Return where people stay now, by the ids asked for; a stay names the record that it was given under."""
    rows = await QUERIES.fetch(connection, "open_stays", person_ids=list(person_ids))
    return {row["asked"]: _stay(row) for row in rows}


async def last_stays(connection: Connection, person_ids: Sequence[UUID]) -> dict[UUID, Stay]:
    """Return where people stay or stayed last, by the ids asked for, under whichever of their records."""
    rows = await QUERIES.fetch(connection, "last_stays", person_ids=list(person_ids))
    return {row["asked"]: _stay(row) for row in rows}


async def offers(connection: Connection, codes: Sequence[str], party_id: UUID) -> list[RoomOffer]:
    """Return the rooms of locked sites that are ready, those of nobody and those of the party itself."""
    rows = await QUERIES.fetch(connection, "offers", codes=list(codes), party_id=party_id)
    return [
        RoomOffer(
            site=row["site"],
            division=row["division"],
            room=row["room"],
            corridor=row["corridor"],
            position=row["position"],
            free_beds=tuple(row["free_beds"]),
            party=row["party_id"],
        )
        for row in rows
    ]


async def begin_stays(
    connection: Connection,
    wanted: RoomsWanted,
    given: Mapping[UUID, BedChoice],
    party_id: UUID,
    received_at: datetime,
) -> None:
    """Give beds of locked sites to people."""
    counts = await QUERIES.fetch(connection, "count_stays", person_ids=list(given))
    before = {row["person_id"]: row["stays"] for row in counts}
    choices = list(given.values())
    sites, rooms = [one.site for one in choices], [one.room for one in choices]
    await QUERIES.execute(connection, "give_rooms", party_id=party_id, sites=sites, rooms=rooms)
    await QUERIES.execute(
        connection,
        "insert_stays",
        stay_ids=[stay_id_of(person_id, before.get(person_id, 0)) for person_id in given],
        sites=sites,
        rooms=rooms,
        beds=[one.bed for one in choices],
        person_ids=list(given),
        party_id=party_id,
        division=wanted.division,
        began_at=wanted.began_at,
        received_at=received_at,
    )


async def end_stays(
    connection: Connection, stays: Sequence[Stay], *, ended_at: datetime, reason: str
) -> None:
    """End stays of locked sites and free the rooms in which nobody is left."""
    ids = [stay.id for stay in stays]
    await QUERIES.execute(connection, "end_stays", stay_ids=ids, ended_at=ended_at, reason=reason)
    await QUERIES.execute(connection, "free_rooms", codes=sorted({stay.site for stay in stays}))


async def disinfect(connection: Connection, site: str, room: str, now: datetime) -> None:
    """Let nobody else be put into a room until it has been disinfected."""
    await QUERIES.execute(connection, "disinfect_room", site=site, room=room, now=now)


async def make_ready(connection: Connection, site: str, room: str, now: datetime) -> bool:
    """Note that a room has been disinfected; False when it was not being disinfected."""
    return await QUERIES.fetchval(connection, "ready_room", site=site, room=room, now=now) is not None


async def of_site(connection: Connection, site: str) -> list[RoomWithPeople]:
    """Return the rooms of a site with who is in them, along the corridors."""
    rows = await QUERIES.fetch(connection, "rooms_with_people", site=site)
    return [RoomWithPeople(**row) for row in rows]


async def stays_since(connection: Connection, site: str, since: datetime) -> list[StayInSite]:
    """Return the stays in a site that were not over before `since`."""
    rows = await QUERIES.fetch(connection, "stays_in_site", site=site, since=since)
    return [StayInSite(**row) for row in rows]
