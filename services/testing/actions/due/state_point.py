"""State a sampling point, and work out which point the divisions that it served and serves go to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.testing.rules.due.sampling_point import PointStated, designate
from services.testing.storage import sampling_points
from services.testing.storage.listing import Window
from shared.divisions import DivisionRegister
from shared.errors import Forbidden, NotFound
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class KeptPoint:
    """A point as it stands, and whether it was new and whether anything changed."""

    point: PointStated
    is_new: bool
    changed: bool


async def state_point(
    database: Database,
    point: PointStated,
    *,
    divisions: DivisionRegister,
    reaches: Callable[[str], bool],
    now: datetime,
) -> KeptPoint:
    """Keep a point as it is stated, whole (town §6, city §7); the same again changes nothing.

    Raises Forbidden when the code belongs to a point outside the caller's subtree.
    """
    async with database.transaction() as connection:
        await sampling_points.lock(connection)
        known = await sampling_points.find(connection, point.code)
        if known is not None and not reaches(known.division):
            raise Forbidden("The code belongs to a sampling point outside your subtree.")
        if known == point:
            return KeptPoint(point, is_new=False, changed=False)
        await sampling_points.keep(connection, point, now)
        touched = _below({*point.serves, *(known.serves if known else ())}, divisions)
        serves = await sampling_points.open_serves(connection)
        await sampling_points.designate(connection, touched, designate(touched, serves))
    return KeptPoint(point, is_new=known is None, changed=True)


def _below(units: set[str], divisions: DivisionRegister) -> list[str]:
    found: set[str] = set()
    waiting = list(units)
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found.add(unit)
            waiting += [child.code for child in divisions.children(unit)]
    return sorted(found)


async def read_point(database: Database, code: str, reaches: Callable[[str], bool]) -> PointStated:
    """Return a point of the caller's subtree; raises NotFound."""
    async with database.connection() as connection:
        point = await sampling_points.find(connection, code)
    if point is None or not reaches(point.division):
        raise NotFound("There is no such sampling point.")
    return point


async def list_points(database: Database, window: Window) -> Sequence[PointStated]:
    """Return the points of a window."""
    async with database.connection() as connection:
        return await sampling_points.list_page(connection, window)


async def list_unserved(
    database: Database, divisions: DivisionRegister, bounds: tuple[str, str]
) -> list[str]:
    """Return the villages of a subtree that no open point serves, in order: the gap of the plan (town §6)."""
    low, high = bounds
    async with database.connection() as connection:
        served = await sampling_points.served_divisions(connection, bounds)
    return sorted(
        unit.code
        for unit in divisions.units()
        if unit.level == "village" and low <= unit.code < high and unit.code not in served
    )
