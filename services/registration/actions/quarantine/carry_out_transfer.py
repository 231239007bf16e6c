"""Tell how a decided transfer goes on: asked for, picked up, arrived in a room, or withdrawn."""

from collections.abc import Callable, Collection, Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.quarantine.assign_rooms import (
    Bounds,
    NoRoom,
    StaysElsewhere,
    take_rooms,
)
from services.registration.actions.quarantine.record_transfers import keep_transfers
from services.registration.ledger import Recorded
from services.registration.rules.day_count import day_of
from services.registration.rules.quarantine.nearness import district_of
from services.registration.rules.quarantine.stay import RoomsWanted, Stay
from services.registration.rules.quarantine.transfer import Transfer, TransferStatement, problems_of
from services.registration.storage import rooms, transfers
from shared.divisions import subtree_bounds
from shared.errors import Conflict, InvalidInput, NotFound
from shared.postgres import Connection, Database

NO_CENTRAL_QUARANTINE = "plan-without-central-quarantine"
PLANS = "plans"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of an arrival, and the room; `lacking` says why there is none."""

    recorded: Recorded[Transfer]
    stay: Stay | None
    lacking: str | None


async def tell_of_transfer(
    database: Database,
    transfer_id: UUID,
    say: Callable[[Transfer], TransferStatement],
    *,
    bounds: Bounds,
    divisions: Container[str],
    now: datetime,
) -> Recorded[Transfer]:
    """Keep one more statement about a transfer of the subtree and return what holds.

    Raises NotFound, InvalidInput for times that cannot be, Conflict for the withdrawal of who has arrived.
    """
    async with database.transaction() as connection:
        statement = await _statement(connection, transfer_id, say, bounds, divisions, now)
        if statement.withdrawn_at is not None:
            (held,) = (await transfers.lock(connection, [transfer_id])).values()
            if held.arrived is not None:
                raise Conflict(
                    "The person has arrived at the site; the transfer cannot be withdrawn any more."
                )
        (recorded,) = await keep_transfers(connection, [statement], now=now)
    return recorded


async def arrive(
    database: Database,
    transfer_id: UUID,
    say: Callable[[Transfer], TransferStatement],
    *,
    room: str | None,
    bounds: Bounds,
    divisions: Container[str],
    now: datetime,
) -> Arrived:
    """Keep an arrival and give the person a room of the site, unless they have one.

    Without a site the nearest open one of the district is taken. The arrival is kept also when no room can
    be given; `lacking` then says why. Raises NotFound, or InvalidInput for a time, site or room that cannot
    be.
    """
    async with database.transaction() as connection:
        statement = await _statement(connection, transfer_id, say, bounds, divisions, now)
        stay, lacking = await _room_for(connection, statement, room, bounds, now)
        (recorded,) = await keep_transfers(connection, [statement], now=now)
    return Arrived(recorded, stay, lacking)


async def _statement(
    connection: Connection,
    transfer_id: UUID,
    say: Callable[[Transfer], TransferStatement],
    bounds: Bounds,
    divisions: Container[str],
    now: datetime,
) -> TransferStatement:
    held = await transfers.find(connection, transfer_id, bounds)
    if held is None:
        raise NotFound("There is no such transfer.")
    statement = say(held)
    if problems := problems_of(statement, now, divisions):
        raise InvalidInput("The transfer has fields that are refused.", problems=problems)
    return statement


async def _room_for(
    connection: Connection, arrival: TransferStatement, room: str | None, bounds: Bounds, now: datetime
) -> tuple[Stay | None, str | None]:
    """Rooms are taken before the ledger is touched: whoever moves people out holds sites first, too."""
    person_id, arrived_at = arrival.person_id, arrival.arrived_at or now
    await rooms.lock_people(connection, [person_id])
    last = (await rooms.last_stays(connection, [person_id])).get(person_id)
    if last is not None and last.ended_at is not None and last.ended_at >= arrival.decided_at:
        return last, None  # a late word of an arrival: the stay that it led to is over
    wanted = RoomsWanted((person_id,), arrival.division, arrived_at, arrival.site, room)
    within = bounds if arrival.site is not None else subtree_bounds(district_of(arrival.division))
    try:
        return (await take_rooms(connection, wanted, bounds=within, now=now)).stays[0], None
    except (NoRoom, StaysElsewhere) as refusal:
        return None, refusal.detail


async def withdraw_needless_transfers(
    connection: Connection, person_ids: Collection[UUID], kinds: Sequence[str], *, now: datetime
) -> None:
    """Withdraw what plans asked for and do not ask for any more, within the caller's transaction.

    `kinds` are the stages that are spent at a site. What somebody else decided stays.
    """
    if not person_ids:
        return
    needless = await transfers.needless(connection, sorted(person_ids), kinds, day_of(now))
    statements = [
        TransferStatement(
            reference=held.reference,
            division=held.division,
            person_id=held.person_id,
            decided_at=held.decided.at,
            arrived_at=None,
            recorded_at=now,
            received_from=PLANS,
            withdrawn_at=now,
            reason_code=NO_CENTRAL_QUARANTINE,
        )
        for held in needless
    ]
    if statements:
        await keep_transfers(connection, statements, now=now)
