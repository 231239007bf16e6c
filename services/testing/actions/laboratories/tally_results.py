"""Add what results say of their laboratories, within the transaction that stores them."""

from collections.abc import Sequence
from datetime import datetime

from services.testing.rules.laboratories.tally import correction_tally, doubtful, tally_of
from services.testing.rules.results.result import ResultFacts
from services.testing.storage import laboratory_figures as storage
from shared.postgres import Connection, Database

TALLIES_AT_ONCE = 2_000


async def tally_results(connection: Connection, results: Sequence[ResultFacts], now: datetime) -> None:
    """Keep what first results add to their laboratories' hours and durations, a row for each of these.

    Nobody waits for anybody: a duty adds the rows up. Results of a time in which their laboratory was
    suspended are flagged; they are stored and told all the same (city §7).
    """
    if not results:
        return
    suspensions = await storage.add_tallies(connection, tally_of(results, now))
    if suspensions and (flagged := doubtful(results, suspensions)):
        await storage.flag(connection, flagged, now)


async def tally_correction(connection: Connection, corrected: ResultFacts) -> None:
    """Count a correction in the hour in which the corrected result was obtained."""
    await storage.add_tallies(connection, correction_tally(corrected))


async def add_up_tallies(database: Database) -> bool:
    """Add up what transactions left; True when there may be more."""
    async with database.transaction() as connection:
        return await storage.add_up(connection, TALLIES_AT_ONCE) == TALLIES_AT_ONCE
