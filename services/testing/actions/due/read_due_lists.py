"""Read due lists 应检名单: what is due on a day, of one sampling point or of a subtree."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.testing.storage import due_tests
from services.testing.storage.due_tests import DueLine, PointSum
from services.testing.storage.listing import Window
from shared.errors import NotFound
from shared.postgres import Database


async def list_due(database: Database, window: Window, day: date, point: str | None) -> Sequence[DueLine]:
    """Return a window of what is due on a day, in the order of division and id.

    On it is what was open on that day and in its window, and what of it was done on that day or later.
    """
    async with database.connection() as connection:
        return await due_tests.list_due(connection, window, day, point)


async def summarise_due(database: Database, bounds: tuple[str, str], day: date) -> Sequence[PointSum]:
    """Return how long the list of each sampling point of a subtree is on a day."""
    async with database.connection() as connection:
        return await due_tests.summarise(connection, bounds, day)


async def read_due_test(database: Database, due_id: UUID, bounds: tuple[str, str]) -> DueLine:
    """Return a due test of a subtree; raises NotFound."""
    async with database.connection() as connection:
        found = await due_tests.find(connection, due_id, bounds)
    if found is None:
        raise NotFound("There is no such due test.")
    return found
