"""Read the controls, proficiency rounds and suspensions of laboratories."""

from datetime import datetime
from uuid import UUID

from services.testing.actions.laboratories.read_laboratories import found
from services.testing.rules.laboratories.controls import JudgedRun
from services.testing.storage import laboratory_quality as storage
from services.testing.storage.laboratory_quality import PlacedSuspension, ScoredRound
from shared.postgres import Database

Bounds = tuple[str, str]


async def list_runs(
    database: Database, code: str, bounds: Bounds, before: tuple[datetime, str], most: int
) -> list[JudgedRun]:
    """Return the judged runs of a laboratory of the subtree, the latest first; raises NotFound."""
    async with database.connection() as connection:
        await found(connection, code, bounds)
        return await storage.list_runs(connection, code, before, most)


async def list_rounds(
    database: Database, code: str, bounds: Bounds, before: tuple[datetime, str], most: int
) -> list[ScoredRound]:
    """Return the proficiency rounds of a laboratory of the subtree, the latest first; raises NotFound."""
    async with database.connection() as connection:
        await found(connection, code, bounds)
        return await storage.list_rounds(connection, code, before, most)


async def list_suspensions(
    database: Database, bounds: Bounds, after: tuple[datetime, UUID], most: int, is_open: bool | None
) -> list[PlacedSuspension]:
    """Return the suspensions of a subtree by when they began, with one row to spare."""
    async with database.connection() as connection:
        return await storage.list_suspensions(connection, bounds, after, most, is_open)
