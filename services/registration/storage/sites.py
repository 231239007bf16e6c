"""The rows of quarantine sites and of what rooms they have."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.registration.rules.quarantine.occupancy import Occupancy
from services.registration.rules.quarantine.reserve import ReserveSite
from services.registration.rules.quarantine.site import (
    RoomStated,
    Site,
    SiteKind,
    SiteState,
    SiteStated,
    Vehicle,
    VehicleKind,
)
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "sites.sql")


def _document(stated: SiteStated) -> dict[str, Any]:
    return {
        "name": stated.name,
        "address": stated.address,
        "area_m2": stated.area_m2,
        "zones": stated.zones,
        "passages": stated.passages,
        "staff": dict(stated.staff),
        "vehicles": [{"kind": vehicle.kind, "plate": vehicle.plate} for vehicle in stated.vehicles],
        "quarantine_only": stated.quarantine_only,
        "environment_points": stated.environment_points,
    }


def _site(row: Record, rooms: Sequence[RoomStated]) -> Site:
    document: Mapping[str, Any] = row["document"]
    stated = SiteStated(
        code=row["code"],
        division=row["division"],
        kind=SiteKind(row["kind"]),
        name=document["name"],
        address=document["address"],
        area_m2=document["area_m2"],
        zones=tuple(document["zones"]),
        passages=tuple(document["passages"]),
        staff=document["staff"],
        vehicles=tuple(Vehicle(VehicleKind(one["kind"]), one["plate"]) for one in document["vehicles"]),
        rooms=tuple(rooms),
        call_up_order=row["call_up_order"],
        quarantine_only=document["quarantine_only"],
        environment_points=document["environment_points"],
    )
    return Site(
        stated=stated,
        state=SiteState(row["state"]),
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        called_up_at=row["called_up_at"],
        state_reason=row["state_reason"],
    )


async def _with_rooms(connection: Connection, rows: Sequence[Record]) -> list[Site]:
    codes = [row["code"] for row in rows]
    rooms_of: dict[str, list[RoomStated]] = {code: [] for code in codes}
    for room in await QUERIES.fetch(connection, "rooms_of_sites", codes=codes) if codes else ():
        stated = RoomStated(room["room"], room["corridor"], room["position"], room["beds"])
        rooms_of[room["site"]].append(stated)
    return [_site(row, rooms_of[row["code"]]) for row in rows]


async def insert(connection: Connection, stated: SiteStated, now: datetime) -> bool:
    """Store a new site, planned and without its rooms; False when there is one of that code already."""
    code = await QUERIES.fetchval(
        connection,
        "insert_site",
        code=stated.code,
        site_id=stated.id,
        division=stated.division,
        kind=stated.kind,
        call_up_order=stated.call_up_order,
        document=_document(stated),
        now=now,
    )
    return code is not None


async def lock(connection: Connection, code: str) -> Site | None:
    """Return a site and let nobody else change it or its rooms until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_sites", codes=[code])
    return (await _with_rooms(connection, rows) or [None])[0]


async def lock_several(connection: Connection, codes: Sequence[str]) -> None:
    """Let nobody else change these sites, their rooms or who is in them."""
    await QUERIES.fetch(connection, "lock_sites", codes=list(codes))


async def lock_open(connection: Connection, bounds: tuple[str, str]) -> list[str]:
    """Lock the open sites of a subtree, temporary rural ones aside, and return their codes."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "lock_open_sites", low=low, high=high)
    return [row["code"] for row in rows]


async def lock_area(connection: Connection, bounds: tuple[str, str]) -> None:
    """Let nobody else change the sites of a subtree."""
    await QUERIES.fetch(connection, "lock_sites_of_area", low=bounds[0], high=bounds[1])


async def write(connection: Connection, stated: SiteStated, now: datetime) -> None:
    """Make a locked site and its rooms what was stated; no bed that goes may be in use."""
    await QUERIES.execute(
        connection,
        "update_site",
        code=stated.code,
        kind=stated.kind,
        call_up_order=stated.call_up_order,
        document=_document(stated),
        now=now,
    )
    names = [room.room for room in stated.rooms]
    await QUERIES.execute(connection, "withdraw_rooms", site=stated.code, rooms=names, now=now)
    await QUERIES.execute(
        connection,
        "put_rooms",
        site=stated.code,
        rooms=names,
        corridors=[room.corridor for room in stated.rooms],
        positions=[room.position for room in stated.rooms],
        beds=[room.beds for room in stated.rooms],
        now=now,
    )
    await QUERIES.execute(connection, "drop_beds", site=stated.code)
    await QUERIES.execute(connection, "put_beds", site=stated.code)


async def beds_in_use(connection: Connection, code: str) -> Mapping[str, int]:
    """Return the highest bed in use of each room that somebody has."""
    rows = await QUERIES.fetch(connection, "beds_in_use", site=code)
    return {row["room"]: row["bed"] for row in rows}


async def open_(
    connection: Connection,
    code: str,
    *,
    opened_at: datetime,
    reason: str,
    next_round_at: datetime,
    now: datetime,
) -> None:
    """Note that a locked site is open."""
    await QUERIES.execute(
        connection,
        "open_site",
        code=code,
        opened_at=opened_at,
        reason=reason,
        next_round_at=next_round_at,
        now=now,
    )


async def close(
    connection: Connection, code: str, *, closed_at: datetime, reason: str, now: datetime
) -> None:
    """Note that a locked site is closed."""
    await QUERIES.execute(connection, "close_site", code=code, closed_at=closed_at, reason=reason, now=now)


async def call_up(connection: Connection, codes: Sequence[str], now: datetime) -> None:
    """Note that locked sites are called up."""
    await QUERIES.execute(connection, "call_up", codes=list(codes), now=now)


async def find(connection: Connection, code: str, bounds: tuple[str, str]) -> Site | None:
    """Return a site of the subtree; None when there is none."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "find_site", code=code, low=low, high=high)
    return (await _with_rooms(connection, rows) or [None])[0]


async def list_page(
    connection: Connection, window: Window, kind: SiteKind | None, state: SiteState | None
) -> list[Site]:
    """Return the sites of a window, in the order of division and id, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_sites", kind=kind, state=state, **window.values())
    return await _with_rooms(connection, rows)


async def of_area(connection: Connection, bounds: tuple[str, str]) -> list[ReserveSite]:
    """Return the sites of a subtree as the reserve sees them."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "sites_of_area", low=low, high=high)
    return [
        ReserveSite(
            code=row["code"],
            division=row["division"],
            kind=SiteKind(row["kind"]),
            state=SiteState(row["state"]),
            rooms=row["rooms"],
            call_up_order=row["call_up_order"],
            called_up=row["called_up"],
        )
        for row in rows
    ]


async def occupancy(connection: Connection, codes: Sequence[str]) -> dict[str, Occupancy]:
    """Return how full sites are at this moment, by code."""
    rows = await QUERIES.fetch(connection, "occupancy_of_sites", codes=list(codes))
    return {
        row["code"]: Occupancy(
            rooms=row["rooms"],
            beds=row["beds"],
            rooms_taken=row["rooms_taken"],
            rooms_free=row["rooms_free"],
            rooms_in_disinfection=row["rooms_in_disinfection"],
            people=row["people"],
        )
        for row in rows
    }
