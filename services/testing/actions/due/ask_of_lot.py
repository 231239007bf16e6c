"""Ask for the test of a lot of goods that may not be sold, or ask no more (town §10)."""

from datetime import datetime

from services.testing.actions.due import due_events
from services.testing.actions.due.settle_subjects import settle_subjects
from services.testing.rules.due.law import DueLaw
from services.testing.rules.due.lots import LotTelling, demands_of
from services.testing.storage import due_tests, lots
from shared import outbox
from shared.contracts.registration.places import LotBlocked, LotCleared
from shared.postgres import Database


async def ask_of_lot(
    database: Database, event: LotBlocked | LotCleared, law: DueLaw, *, now: datetime
) -> None:
    """Keep what was told of a lot and bring its due tests to it; may be told twice and in any order."""
    telling = LotTelling(event.division, event.occurred_at, isinstance(event, LotBlocked))
    async with database.transaction() as connection:
        await due_tests.lock_series(connection, {event.lot_id})
        await lots.keep_telling(connection, event.lot_id, telling)
        demands = demands_of(event.lot_id, await lots.tellings_of(connection, event.lot_id), law)
        if not demands:
            return
        written = await lots.write_demands(connection, demands, now)
        told = [due_events.dropped(one, now) for one in written if one.was_open]
        await outbox.put(connection, told, now=now)
        await settle_subjects(connection, [event.lot_id], now=now)
