"""Read gatherings, one with all that was said and decided of it, or a page of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.registration.actions.places.decide_gathering import NO_GATHERING
from services.registration.rules.places.gathering import Decision, GatheringState
from services.registration.storage import gatherings
from services.registration.storage.gatherings import GatheringSaid, StoredGathering
from services.registration.storage.listing import Window
from shared.errors import NotFound
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class WholeGathering:
    """A gathering with everything that was said and decided of it."""

    stored: StoredGathering
    said: Sequence[GatheringSaid]
    decisions: Sequence[Decision]


async def read_gathering(database: Database, gathering_id: UUID, bounds: tuple[str, str]) -> WholeGathering:
    """Return a gathering of the subtree; raises NotFound."""
    async with database.connection() as connection:
        stored = await gatherings.find(connection, gathering_id, bounds)
        if stored is None:
            raise NotFound(NO_GATHERING)
        said = await gatherings.statements_of(connection, gathering_id)
        decisions = await gatherings.decisions_of(connection, [gathering_id])
        return WholeGathering(stored, said, decisions.get(gathering_id, ()))


async def list_gatherings(
    database: Database, window: Window, *, state: GatheringState | None, unapproved: bool | None
) -> list[StoredGathering]:
    """Return the gatherings of a window, of one state, or held without approval, with one row to spare."""
    async with database.connection() as connection:
        return await gatherings.list_page(connection, window, state=state, unapproved=unapproved)
