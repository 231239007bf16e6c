"""Tell of tests and rounds whose last day has begun: their clocks run until it ends."""

from datetime import datetime

from services.testing.actions.due import due_events
from services.testing.storage import due_tests, rounds
from shared import outbox
from shared.day_count import day_of
from shared.postgres import Database

MOST = 1_000


async def open_due_days(database: Database, *, now: datetime) -> int:
    """Start the clocks of plans', departures' and ordered tests that are due today and open; return how many.

    Each is told once. What was missed while everything was down is told late and says so (town §9).
    """
    today = day_of(now)
    async with database.transaction() as connection:
        opened = await due_tests.claim_due_days(connection, today, now=now, most=MOST)
        await outbox.put(connection, [due_events.opened(one, today, now) for one in opened], now=now)
    return len(opened)


async def open_rounds(database: Database, *, now: datetime) -> int:
    """Start a clock for each unit's round that ends today and lacks tests; return how many were looked at."""
    today = day_of(now)
    async with database.transaction() as connection:
        claimed = await rounds.claim(connection, today, MOST)
        if not claimed:
            return 0
        await rounds.mark_opened(connection, claimed, now)
        lacking = [one for one in claimed if one.done < one.due]
        await outbox.put(connection, [due_events.round_opened(one, today, now) for one in lacking], now=now)
    return len(claimed)
