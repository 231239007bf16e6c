"""The clock engine: takes facts in, sleeps until the next step of any clock, fires what is due.

Each process has one, and any number of processes may run at once: a claimed clock is skipped by the others.
A process that arms a clock fires it too: arming wakes the engine of the same process when the step falls
before its planned look. So no NOTIFY is sent at all (it serialises commits); other processes look every two
seconds anyway, which is how a step comes to be fired whose process ended between arming and firing.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from services.alerts.actions import fire_due_steps as firing
from services.alerts.actions.absorb_facts import Absorbed, absorb_facts
from services.alerts.metrics import ClockMetrics
from services.alerts.rules.clock_facts import Meanings
from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_state import state_of
from services.alerts.rules.clock_terms import Law
from services.alerts.storage.clocks import MOST_CLAIMED, FiredClock
from shared.clock import Clock
from shared.contracts import Event
from shared.errors import Unavailable
from shared.postgres import Database
from shared.together import Together
from shared.vocabulary import Occasion

log = structlog.get_logger()

LONGEST_SLEEP_SECONDS = 2.0
BREATH_SECONDS = 0.002
"""The shortest rest, so that a step that another process is firing is not asked for without end."""
FAILURE_REST_SECONDS = 0.5
LANES = 2
"""How many batches of a burst are fired at once: one is built here while the database works on another."""


class ClockEngine:
    """Arms, closes and fires the clocks of this process; `run` is the duty that fires."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        law: Law,
        metrics: ClockMetrics,
        *,
        wake_relay: Callable[[], None],
        wake_paging: Callable[[], None],
    ) -> None:
        self.database = database
        self.clock = clock
        self.law = law
        self.meanings = Meanings(law.packs)
        self.metrics = metrics
        self._wake_relay = wake_relay
        self._wake_paging = wake_paging
        self._woken = asyncio.Event()
        self._looks_at: datetime | None = None
        self._batches = Together[Sequence[Fact], None](self._absorb, largest=500)

    # ------------------------------------------------------------ facts

    async def take_in(self, event: Event, event_id: UUID) -> None:
        """Store what an event says about clocks; events that arrive together share a transaction.

        An event that means nothing to any clock is passed over. Raises Unavailable when nothing was stored.
        """
        facts = self.meanings.facts_of(event, event_id, self.clock.now())
        if facts:
            self.metrics.facts.inc(len(facts))
            await self._batches.submit(facts)

    async def _absorb(self, batch: Sequence[Sequence[Fact]]) -> Sequence[None]:
        facts = [fact for of_one_event in batch for fact in of_one_event]
        now = self.clock.now()
        self.note(await absorb_facts(self.database, facts, self.law, now=now), now)
        return [None] * len(batch)

    def note(self, absorbed: Absorbed, now: datetime) -> None:
        """Count what a batch did and wake whom it concerns."""
        for change in absorbed.changes:
            before, after = change.before, change.after
            if after.started_at is not None and (before is None or before.started_at is None):
                self.metrics.armed.labels(after.rule_id).inc()
                self.metrics.know_place(after.rule_id, after.division[:6])
            was_open = before is None or before.started_at is None or before.is_open
            if after.started_at is not None and not after.is_open and was_open:
                self.metrics.closed.labels(after.rule_id, state_of(after, now), after.division[:6]).inc()
        if absorbed.changes:
            self._wake_relay()
        next_step_at = absorbed.next_step_at
        if next_step_at is not None and (self._looks_at is None or next_step_at < self._looks_at):
            self._woken.set()

    # ------------------------------------------------------------ firing

    def wake(self) -> None:
        """Make the engine look at once."""
        self._woken.set()

    async def run(self) -> None:
        """Fire for ever; a database that is away is waited for, and what fell due meanwhile then fires."""
        while True:
            self._woken.clear()
            try:
                rest = await self.turn()
            except Unavailable as error:
                self.metrics.duty_failures.labels("fire-steps").inc()
                log.warning("firing waits", action="fire-steps", reason=error.detail)
                rest = FAILURE_REST_SECONDS
            except Exception:
                self.metrics.duty_failures.labels("fire-steps").inc()
                log.exception("firing failed", action="fire-steps")
                rest = FAILURE_REST_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._woken.wait()

    async def turn(self) -> float:
        """Fire what is due and return how many real seconds may pass until the next look."""
        begun = time.perf_counter()
        if await self.fire_due():
            self.metrics.duty_seconds.labels("fire-steps").observe(time.perf_counter() - begun)
        next_step_at = await firing.find_next_step_at(self.database)
        now = self.clock.now()
        rest = LONGEST_SLEEP_SECONDS
        if next_step_at is not None:
            rest = max(BREATH_SECONDS, min(rest, self.clock.real_seconds(next_step_at - now)))
        self._looks_at = now + timedelta(seconds=rest) * self.clock.rate
        return rest

    async def fire_due(self) -> int:
        """Fire everything that is due and return how many clocks fired."""
        first = await self._fire_batch()
        if first < MOST_CLAIMED:
            return first
        return first + sum(await asyncio.gather(*(self._lane() for _ in range(LANES))))

    async def _lane(self) -> int:
        total = 0
        while fired := await self._fire_batch():
            total += fired
        return total

    async def _fire_batch(self) -> int:
        now = self.clock.now()
        try:
            fired = await firing.fire_due_steps(self.database, now=now)
        except (Unavailable, asyncpg.TransactionRollbackError):
            raise
        except Exception:
            log.exception("a batch could not be fired and is fired one by one", action="fire-steps")
            return await self._fire_one_by_one(now)
        self._note_fired(fired, now)
        return len(fired)

    async def _fire_one_by_one(self, now: datetime) -> int:
        """Fire clocks singly, so that only the one that is at fault is held up."""
        total = 0
        for number, clock_id in await firing.list_due_timers(self.database, now=now):
            try:
                fired = await firing.fire_clock(self.database, number, now=now)
            except (Unavailable, asyncpg.TransactionRollbackError):
                raise
            except Exception as error:
                self.metrics.set_aside.inc()
                log.exception("clock set aside", action="fire-steps", clock=str(clock_id))
                fault = f"{type(error).__name__}: {error}"
                await firing.push_aside(self.database, number, fault[:500], now=now)
            else:
                self._note_fired(fired, now)
                total += len(fired)
        return total

    def _note_fired(self, fired: Sequence[FiredClock], now: datetime) -> None:
        for clock in fired:
            for step in clock.steps:
                self.metrics.fired.labels(step.kind).inc()
                if step.kind is Occasion.BREACH:
                    self.metrics.breached.labels(clock.rule_id, clock.division[:6]).inc()
            # The first of its steps waited for longest; before the clock was known here it could not fire.
            known_at = max(clock.armed_at, clock.steps[0].due_at)
            self.metrics.lateness.observe(max(0.0, (now - known_at).total_seconds()))
        if fired:
            self._wake_relay()
            self._wake_paging()
