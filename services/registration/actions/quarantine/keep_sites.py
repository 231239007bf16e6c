"""Keep the register of sites: state one whole, open it, close it, all in one transaction each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from services.registration.actions.quarantine.reckon_reserve import hold_reserve, reckon_reserve
from services.registration.rules.quarantine.occupancy import Occupancy
from services.registration.rules.quarantine.site import Site, SiteState, SiteStated, refusal_to_open
from services.registration.storage import rooms, sites
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration import SiteClosed, SiteOpened
from shared.errors import Conflict, NotFound
from shared.policy.quarantine import QuarantineFile
from shared.postgres import Connection, Database

Bounds = tuple[str, str]


@dataclass(frozen=True, slots=True)
class KeptSite:
    """A site as it is after an order, and whether the order changed anything."""

    site: Site
    occupancy: Occupancy
    is_new: bool


async def state_site(
    database: Database, stated: SiteStated, law: QuarantineFile, *, clause: str, bounds: Bounds, now: datetime
) -> KeptSite:
    """Make a site what is stated, rooms included; what the register lacks is added, planned.

    A back-up site that comes while rooms are short is called up at once. Raises NotFound for a code that a
    site elsewhere has, Conflict for a room or bed that goes while somebody has it, for another division,
    and for an open site that may not be open like this.
    """
    async with database.transaction() as connection:
        await hold_reserve(connection, stated.division)
        is_new = await sites.insert(connection, stated, now)
        held = await _find(connection, stated.code, bounds)
        if held.division != stated.division:
            raise Conflict("A site does not move to another division; register a new one.")
        if held.state is SiteState.OPEN and (refusal := refusal_to_open(stated, law)) is not None:
            raise Conflict(refusal, clause=clause)
        await _check_in_use(connection, stated)
        if is_new or held.stated != stated:
            await sites.write(connection, stated, now)
            await reckon_reserve(connection, stated.division, law, now=now)
        return await _kept(connection, stated.code, bounds, is_new=is_new)


async def _find(connection: Connection, code: str, bounds: Bounds) -> Site:
    held = await sites.find(connection, code, bounds)
    if held is None:
        raise NotFound("There is no such site.")
    return held


async def _check_in_use(connection: Connection, stated: SiteStated) -> None:
    beds = {room.room: room.beds for room in stated.rooms}
    in_use = await sites.beds_in_use(connection, stated.code)
    lost = [room for room, bed in sorted(in_use.items()) if beds.get(room, 0) < bed]
    if lost:
        raise Conflict(f"Somebody has a bed that would go, in {', '.join(lost)}; move them first.")


async def _kept(connection: Connection, code: str, bounds: Bounds, *, is_new: bool) -> KeptSite:
    site = await _find(connection, code, bounds)
    return KeptSite(site, (await sites.occupancy(connection, [code]))[code], is_new)


async def open_site(
    database: Database,
    code: str,
    law: QuarantineFile,
    *,
    reason: str,
    opened_at: datetime,
    clause: str,
    bounds: Bounds,
    now: datetime,
) -> KeptSite:
    """Open a site; an open one stays as it is. Raises Conflict with the clause for one that may not open."""

    async def carry_out(connection: Connection, held: Site) -> bool:
        if held.state is SiteState.OPEN:
            return False
        if (refusal := refusal_to_open(held.stated, law)) is not None:
            raise Conflict(refusal, clause=clause)
        next_round_at = opened_at + law.rounds.every
        await sites.open_(
            connection, code, opened_at=opened_at, reason=reason, next_round_at=next_round_at, now=now
        )
        event = SiteOpened(
            division=held.division,
            occurred_at=opened_at,
            recorded_at=now,
            site=code,
            rooms=len(held.stated.rooms),
        )
        await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, code, opened_at))], now=now)
        return True

    return await _change(database, code, law, carry_out, bounds=bounds, now=now)


async def close_site(
    database: Database,
    code: str,
    law: QuarantineFile,
    *,
    reason: str,
    closed_at: datetime,
    bounds: Bounds,
    now: datetime,
) -> KeptSite:
    """Close a site; a closed one stays as it is. Raises Conflict while somebody stays in it."""

    async def carry_out(connection: Connection, held: Site) -> bool:
        if held.state is SiteState.CLOSED:
            return False
        if people := (await sites.occupancy(connection, [code]))[code].people:
            raise Conflict(f"{people} people still stay in the site.")
        await sites.close(connection, code, closed_at=closed_at, reason=reason, now=now)
        event = SiteClosed(division=held.division, occurred_at=closed_at, recorded_at=now, site=code)
        await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, code, closed_at))], now=now)
        return True

    return await _change(database, code, law, carry_out, bounds=bounds, now=now)


async def _change(
    database: Database,
    code: str,
    law: QuarantineFile,
    carry_out: Callable[[Connection, Site], Awaitable[bool]],
    *,
    bounds: Bounds,
    now: datetime,
) -> KeptSite:
    async with database.transaction() as connection:
        division = (await _find(connection, code, bounds)).division
        await hold_reserve(connection, division)
        is_new = await carry_out(connection, await _find(connection, code, bounds))
        if is_new:
            await reckon_reserve(connection, division, law, now=now)
        return await _kept(connection, code, bounds, is_new=is_new)


async def disinfected(database: Database, code: str, room: str, *, bounds: Bounds, now: datetime) -> KeptSite:
    """Note that a room has been disinfected and is ready again; one that was ready stays so.

    Raises NotFound for a site or room that is not there, Conflict while somebody is in the room.
    """
    async with database.transaction() as connection:
        held = await sites.lock(connection, code)
        if held is None or not bounds[0] <= held.division < bounds[1]:
            raise NotFound("There is no such site.")
        if room not in {one.room for one in held.stated.rooms}:
            raise NotFound("There is no such room.")
        if room in await sites.beds_in_use(connection, code):
            raise Conflict("Somebody is still in the room.")
        changed = await rooms.make_ready(connection, code, room, now)
        return await _kept(connection, code, bounds, is_new=changed)
