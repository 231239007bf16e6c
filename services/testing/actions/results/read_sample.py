"""Read a sample with its history."""

from uuid import UUID

from services.testing.storage import results as storage
from services.testing.storage.results import StoredResult
from shared.errors import NotFound
from shared.postgres import Database


async def read_sample(database: Database, sample_id: UUID, bounds: tuple[str, str]) -> list[StoredResult]:
    """Return all revisions of a sample of the subtree, oldest first; raises NotFound."""
    async with database.connection() as connection:
        history = await storage.sample_history(connection, sample_id, bounds)
    if not history:
        raise NotFound("There is no such sample.")
    return list(history)
