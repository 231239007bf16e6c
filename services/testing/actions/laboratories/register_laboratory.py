"""Register a laboratory or change what is known of it."""

from datetime import datetime

from services.testing.rules.laboratories.laboratory import Laboratory
from services.testing.storage import laboratories as storage
from services.testing.storage.laboratories import StoredLaboratory
from shared.divisions import subtree_bounds
from shared.postgres import Database


async def register_laboratory(
    database: Database,
    laboratory: Laboratory,
    *,
    recorded_at: datetime,
    received_from: str,
    now: datetime,
) -> tuple[StoredLaboratory, bool]:
    """Return the laboratory as it stands now, and whether it is new; saying the same again changes nothing.

    What it was said to have before stays on record (city §6).
    """
    async with database.transaction() as connection:
        revision = await storage.put(
            connection, laboratory, recorded_at=recorded_at, received_from=received_from, now=now
        )
        stored = await storage.find(connection, laboratory.code, subtree_bounds(laboratory.division))
        assert stored is not None
    return stored, revision == 1
