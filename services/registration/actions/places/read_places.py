"""Read key places: one with its orders and reports, its inspections, or a page of many."""

from services.registration.rules.places.closure import ClosureOrder
from services.registration.rules.places.inspection import Inspection
from services.registration.storage import inspections, places
from services.registration.storage.listing import Window
from services.registration.storage.places import Abnormality, StoredPlace
from shared.errors import NotFound
from shared.postgres import Connection, Database

NO_PLACE = "There is no such place."


async def find_place(connection: Connection, code: str, bounds: tuple[str, str]) -> StoredPlace:
    """Return a place of the subtree; raises NotFound."""
    stored = await places.find(connection, code, bounds)
    if stored is None:
        raise NotFound(NO_PLACE)
    return stored


async def read_place(
    database: Database, code: str, bounds: tuple[str, str]
) -> tuple[StoredPlace, list[ClosureOrder], list[Abnormality]]:
    """Return a place of the subtree, the orders to close it and its newest reports; raises NotFound."""
    async with database.connection() as connection:
        stored = await find_place(connection, code, bounds)
        orders = await places.closures_of(connection, stored.id)
        return stored, orders, await places.abnormalities_of(connection, stored.id)


async def read_inspections(
    database: Database, code: str, bounds: tuple[str, str]
) -> tuple[StoredPlace, list[Inspection]]:
    """Return a place of the subtree with its newest inspections; raises NotFound."""
    async with database.connection() as connection:
        stored = await find_place(connection, code, bounds)
        return stored, await inspections.newest_of(connection, stored.id)


async def list_places(
    database: Database, window: Window, *, kind: str | None, is_closed: bool | None
) -> list[StoredPlace]:
    """Return the places of a window, of one kind or all, with one row to spare."""
    async with database.connection() as connection:
        return await places.list_page(connection, window, kind=kind, is_closed=is_closed)
