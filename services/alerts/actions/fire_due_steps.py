"""Fire what is due: record the steps, publish what they mean, ask for pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.alerts.rules.clock_events import announce_step
from services.alerts.storage import clocks as storage
from services.alerts.storage.clocks import FiredClock
from shared import outbox
from shared.postgres import Connection, Database

ASIDE = timedelta(minutes=1)
"""How long a clock that cannot be fired stays out of the others' way before it is tried again."""


async def fire_due_steps(database: Database, *, now: datetime) -> Sequence[FiredClock]:
    """Fire every due step of up to a thousand clocks in one transaction and return the clocks.

    Clocks that another process is firing are skipped. What fell due meanwhile fires with its lateness, each
    step once; a clock asks for one page, for the most severe of its fired steps. Everything is stored or
    nothing is: after a crash the same steps are due again.
    """
    async with database.transaction() as connection:
        claimed = await storage.claim_due_timers(connection, now)
        return await _fire(connection, claimed, now)


async def fire_clock(database: Database, number: int, *, now: datetime) -> Sequence[FiredClock]:
    """Fire the due steps of one clock in a transaction of its own; empty when none is due any more."""
    async with database.transaction() as connection:
        claimed = await storage.claim_timer(connection, number, now)
        return await _fire(connection, claimed, now)


async def push_aside(database: Database, number: int, fault: str, *, now: datetime) -> None:
    """Put a clock that cannot be fired out of the way for a minute, with the reason on its timer."""
    async with database.transaction() as connection:
        claimed = await storage.claim_timer(connection, number, now)
        await storage.push_aside(connection, claimed, now + ASIDE, fault)


async def list_due_timers(database: Database, *, now: datetime) -> Sequence[tuple[int, UUID]]:
    """Return number and clock of up to a thousand due timers, those due for longest first."""
    async with database.connection() as connection:
        return await storage.list_due_timers(connection, now)


async def find_next_step_at(database: Database) -> datetime | None:
    """Return when the next step of any clock falls due; None when there is none."""
    async with database.connection() as connection:
        return await storage.find_next_step_at(connection)


async def _fire(connection: Connection, claimed: Sequence[int], now: datetime) -> Sequence[FiredClock]:
    if not claimed:
        return ()
    fired = await storage.fire_claimed(connection, claimed, now)
    events = (
        announce_step(clock.id, clock.rule_id, clock.subject, clock.division, clock.due_at, step, now)
        for clock in fired
        for step in clock.steps
    )
    await outbox.put(connection, [event for event in events if event is not None], now=now)
    return fired
