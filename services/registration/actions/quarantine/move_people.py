"""Move people to another room, or let them go, all in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.quarantine.assign_rooms import Assigned, Bounds, take_rooms
from services.registration.rules.quarantine.stay import MOVED, LeaveReason, RoomsWanted, Stay
from services.registration.storage import rooms, sites
from shared.errors import Conflict, FieldProblem, InvalidInput
from shared.postgres import Connection, Database


@dataclass(frozen=True, slots=True)
class Left:
    """Where people stayed, in the order in which they were named."""

    stays: list[Stay]
    is_new: bool
    """False when all of them had left before."""


async def move_people(
    database: Database,
    person_ids: Sequence[UUID],
    *,
    site: str,
    room: str,
    at: datetime,
    bounds: Bounds,
    now: datetime,
) -> Assigned:
    """Move people who stay in a site into one room; whoever is in it already stays.

    Raises InvalidInput for somebody who has no room, NoRoom when the room is not free for all of them.
    """
    async with database.transaction() as connection:
        await rooms.lock_people(connection, person_ids)
        staying = await _staying(connection, person_ids, bounds)
        await sites.lock_several(connection, sorted({site, *(stay.site for stay in staying)}))
        moving = [stay for stay in staying if (stay.site, stay.room) != (site, room)]
        if not moving:
            return Assigned(staying, is_new=False)
        _check_times(moving, "moved_at", at)
        await rooms.end_stays(connection, moving, ended_at=at, reason=MOVED)
        wanted = RoomsWanted(tuple(person_ids), moving[0].division, at, site, room)
        return await take_rooms(connection, wanted, bounds=bounds, now=now, party_id=moving[0].party_id)


async def let_go(
    database: Database, person_ids: Sequence[UUID], *, reason: LeaveReason, at: datetime, bounds: Bounds
) -> Left:
    """Note that people left the sites in which they stayed; who has left already stays as on record.

    Raises InvalidInput for somebody who never stayed within `bounds`.
    """
    async with database.transaction() as connection:
        await rooms.lock_people(connection, person_ids)
        last = await rooms.last_stays(connection, person_ids)
        _check_known(person_ids, last, bounds)
        leaving = [stay for stay in last.values() if stay.ended_at is None]
        if leaving:
            await sites.lock_several(connection, sorted({stay.site for stay in leaving}))
            _check_times(leaving, "left_at", at)
            await rooms.end_stays(connection, leaving, ended_at=at, reason=reason)
            last = await rooms.last_stays(connection, person_ids)
    return Left([last[person_id] for person_id in person_ids], is_new=bool(leaving))


async def _staying(connection: Connection, person_ids: Sequence[UUID], bounds: Bounds) -> list[Stay]:
    staying = await rooms.open_stays(connection, person_ids)
    _check_known(person_ids, staying, bounds)
    stays = [staying[person_id] for person_id in person_ids]
    if len({stay.party_id for stay in stays}) > 1:
        raise Conflict("They are of several parties, which share no room.")
    return stays


def _check_known(person_ids: Sequence[UUID], known: dict[UUID, Stay], bounds: Bounds) -> None:
    problems = [
        FieldProblem(f"person_ids.{index}", "has no room in a site within reach")
        for index, person_id in enumerate(person_ids)
        if person_id not in known or not bounds[0] <= known[person_id].site_division < bounds[1]
    ]
    if problems:
        raise InvalidInput("Somebody has no room.", problems=problems)


def _check_times(stays: Sequence[Stay], field: str, at: datetime) -> None:
    if any(at < stay.began_at for stay in stays):
        raise InvalidInput(
            "The time is refused.", problems=[FieldProblem(field, "lies before the stay began")]
        )
