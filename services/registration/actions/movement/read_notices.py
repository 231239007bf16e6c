"""Read notices from other provinces, and what of them was found in the ledgers."""

from datetime import datetime
from uuid import UUID

from services.registration.actions.movement.follow_match import NO_MATCH
from services.registration.actions.movement.record_notice import NO_NOTICE
from services.registration.rules.movement.match_progress import MatchState
from services.registration.storage import notice_matches, notices
from services.registration.storage.listing import Window
from services.registration.storage.notice_matches import StepSaid, StoredMatch
from services.registration.storage.notices import StoredNotice
from shared.errors import NotFound
from shared.postgres import Database


async def read_notice(database: Database, notice_id: UUID, bounds: tuple[str, str]) -> StoredNotice:
    """Return a notice that a division of the subtree received; raises NotFound."""
    async with database.connection() as connection:
        found = await notices.find_notice(connection, notice_id, bounds)
    if found is None:
        raise NotFound(NO_NOTICE)
    return found


async def list_notices(database: Database, window: Window) -> list[StoredNotice]:
    """Return the notices of a window, with one row to spare."""
    async with database.connection() as connection:
        return await notices.list_notices(connection, window)


async def read_match(
    database: Database, match_id: UUID, bounds: tuple[str, str]
) -> tuple[StoredMatch, list[StepSaid]]:
    """Return a match of the subtree with every step about it; raises NotFound."""
    async with database.connection() as connection:
        match = await notice_matches.find_match(connection, match_id, bounds)
        if match is None:
            raise NotFound(NO_MATCH)
        return match, await notice_matches.steps_of(connection, match_id)


async def list_matches(
    database: Database,
    window: Window,
    *,
    state: MatchState | None,
    going_on: bool | None,
    notice_id: UUID | None,
) -> list[StoredMatch]:
    """Return the matches of a window, of one state, not at their end, or of one notice."""
    async with database.connection() as connection:
        return await notice_matches.list_matches(
            connection, window, state=state, going_on=going_on, notice_id=notice_id
        )


async def take_figures(database: Database, *, now: datetime) -> tuple[int, float]:
    """Return how many matches are not at their end, and for how many seconds the oldest has not been."""
    async with database.connection() as connection:
        going_on, oldest_at = await notice_matches.figures(connection)
    return going_on, 0.0 if oldest_at is None else max(0.0, (now - oldest_at).total_seconds())
