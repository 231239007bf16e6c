"""Read the responsibility grid: who answers for which village and its parts, and what is missing."""

from collections.abc import Sequence

from services.registration.rules.care.grid import GridPlace, VillageGrid, lineage, village_grid
from services.registration.storage import grid
from services.registration.storage.grid import StoredResponsibility, StoredStaff
from shared.divisions import Division, DivisionRegister
from shared.errors import NotFound
from shared.policy.care import CareFile
from shared.postgres import Connection, Database

VILLAGES_AT_ONCE = 500


async def read_grid(
    database: Database,
    register: DivisionRegister,
    law: CareFile,
    *,
    within: tuple[str, str],
    after: str,
    most: int,
    gaps_only: bool,
) -> list[VillageGrid]:
    """Return the grids of the villages of a subtree by code, those behind `after`, all or those with gaps."""
    low, high = within
    villages = sorted(
        (one for one in register.units() if one.level == "village" and low <= one.code < high),
        key=lambda one: one.code,
    )
    waiting = [one for one in villages if one.code > after]
    found: list[VillageGrid] = []
    async with database.connection() as connection:
        step = VILLAGES_AT_ONCE if gaps_only else most
        for start in range(0, len(waiting), step):
            grids = await _grids_of(connection, waiting[start : start + step], law)
            found += [one for one in grids if one.has_gaps or not gaps_only]
            if len(found) >= most:
                break
    return found[:most]


async def _grids_of(connection: Connection, villages: Sequence[Division], law: CareFile) -> list[VillageGrid]:
    above = {code for village in villages for code in lineage(village.code)}
    by_division: dict[str, list[StoredResponsibility]] = {}
    for stored in await grid.at_work(connection, sorted(above)):
        by_division.setdefault(stored.held.place.division, []).append(stored)
    named: dict[str, list[GridPlace]] = {}
    for part in await grid.parts_of(connection, [village.code for village in villages]):
        named.setdefault(part.division, []).append(part)
    return [
        village_grid(
            village,
            law,
            [one.held for code in lineage(village.code) for one in by_division.get(code, ())],
            named.get(village.code, ()),
        )
        for village in villages
    ]


async def read_staff(
    database: Database, bounds: tuple[str, str], *, after: str | None, most: int
) -> list[StoredStaff]:
    """Return the responsible people of a subtree by key."""
    async with database.connection() as connection:
        return await grid.list_staff(connection, bounds, after=after, most=most)


async def find_staff(database: Database, key: str) -> StoredStaff:
    """Return a responsible person; raises NotFound."""
    async with database.connection() as connection:
        found = await grid.find_staff(connection, [key])
    if key not in found:
        raise NotFound("This person is not on the grid.")
    return found[key]
