"""Read hand-overs, a page of many."""

from services.registration.rules.plans.handover import Handover, HandoverState
from services.registration.storage import stages
from services.registration.storage.listing import Window
from shared.postgres import Database


async def list_handovers(
    database: Database, window: Window, state: HandoverState | None, *, missed: bool
) -> list[Handover]:
    """Return the hand-overs of a window with one row to spare; `missed`: only those that leave a gap now."""
    async with database.connection() as connection:
        return await stages.list_handovers(connection, window, state, missed=missed)
