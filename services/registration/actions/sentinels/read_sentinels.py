"""Read the register of sentinels, how each reported, and who is silent."""

from dataclasses import dataclass
from datetime import datetime

from services.registration.storage import sentinels
from services.registration.storage.sentinels import (
    CodeWindow,
    OpenSilence,
    Reported,
    StoredSentinel,
    UnregisteredCode,
)
from shared.errors import NotFound
from shared.postgres import Database

Period = tuple[datetime, datetime]
"""From an instant until before another."""


@dataclass(frozen=True, slots=True)
class SentinelRecord:
    """What counts for and against a sentinel in a period."""

    stored: StoredSentinel
    reported: Reported
    silences: int
    is_silent: bool


async def read_sentinel(database: Database, code: str, bounds: tuple[str, str]) -> StoredSentinel:
    """Return a sentinel of the subtree; raises NotFound."""
    async with database.connection() as connection:
        stored = await sentinels.find(connection, code, bounds)
    if stored is None:
        raise NotFound("There is no such sentinel.")
    return stored


async def list_sentinels(
    database: Database, window: CodeWindow, is_open: bool | None
) -> list[StoredSentinel]:
    """Return the sentinels of a window, with one row to spare."""
    async with database.connection() as connection:
        return await sentinels.list_page(connection, window, is_open)


async def list_unregistered(database: Database, window: CodeWindow) -> list[UnregisteredCode]:
    """Return the codes of a window that reports name and the register lacks, with one row to spare."""
    async with database.connection() as connection:
        return await sentinels.unregistered(connection, window)


async def read_record(
    database: Database, code: str, bounds: tuple[str, str], period: Period, *, now: datetime
) -> SentinelRecord:
    """Return how a sentinel of the subtree reported what it saw in a period; raises NotFound."""
    async with database.connection() as connection:
        stored = await sentinels.find(connection, code, bounds)
        if stored is None:
            raise NotFound("There is no such sentinel.")
        reported = await sentinels.count_reports(connection, stored.sentinel, *period, now=now)
        silences, is_silent = await sentinels.count_silences(connection, code, *period)
    return SentinelRecord(stored, reported, silences, is_silent)


async def rank_sentinels(
    database: Database,
    bounds: tuple[str, str],
    period: Period,
    after: tuple[int, str],
    most: int,
    *,
    now: datetime,
) -> list[tuple[StoredSentinel, Reported]]:
    """Return the sentinels of a subtree that were late or owe reports, the worst first, one to spare."""
    async with database.connection() as connection:
        return await sentinels.rank(connection, bounds, period, after, most, now=now)


async def list_silences(database: Database, window: CodeWindow) -> list[OpenSilence]:
    """Return the silences of a window that last, with one row to spare."""
    async with database.connection() as connection:
        return await sentinels.silences(connection, window)
