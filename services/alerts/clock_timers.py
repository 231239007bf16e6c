"""Clock door of the clocks: steps fire, reporting days open, figures are taken because time has passed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from services.alerts.actions import open_reporting_day as days
from services.alerts.actions.take_clock_figures import take_clock_figures
from services.alerts.engine import ClockEngine
from services.alerts.rules.clock_reporting_day import ReportingDay, current_day, days_to_open
from shared.contracts.alerts import ReportingDayOpened
from shared.divisions import Division
from shared.errors import Unavailable
from shared.policy.clocks import ClockRule

log = structlog.get_logger()

DAY_REST_SECONDS = 60.0
"""The longest between two looks for a new reporting day; the moment itself is slept towards."""
OPENING_GRACE = timedelta(seconds=30)
"""World time after a day's beginning before its clocks are started: at its beginning those of the day that
ends run out, and firing them goes first."""
FIGURES_REST_SECONDS = 30.0
DISTRICT_DIGITS = 6
"""How long the codes of districts and of the municipality are, which figures are parted by."""
FAILURE_REST_SECONDS = 1.0


class ClockDuties:
    """The duties of the clocks; each runs for ever as a task of its own, and one that fails tries again."""

    def __init__(self, engine: ClockEngine, units: Sequence[Division]) -> None:
        self._engine = engine
        self._units = units
        self._names = {unit.code: unit.name for unit in units}
        self._districts = sorted({unit.code[:DISTRICT_DIGITS] for unit in units})

    def duties(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Return what runs for ever, for the app's life."""
        return (self._engine.run, self.open_days, self.take_figures)

    async def open_days(self) -> None:
        """Open each reporting day when it begins, and at the start those that were missed."""
        await self._for_ever("open-reporting-day", self.open_days_once)

    async def take_figures(self) -> None:
        """Keep the gauges fresh; a database that is away leaves them as they were."""
        await self._for_ever("take-clock-figures", self.take_figures_once)

    async def open_days_once(self) -> float:
        """Open what has begun and return how many real seconds may pass until the next look."""
        engine = self._engine
        rest = DAY_REST_SECONDS
        for rule in self._daily_rules():
            assert rule.at is not None
            now = engine.clock.now()
            last = await days.last_opened_day(engine.database, rule.id)
            for day in days_to_open(last, rule.at, now - OPENING_GRACE):
                await self._open(rule, day, now)
            next_opening_at = current_day(rule.at, now - OPENING_GRACE).ends_at + OPENING_GRACE
            rest = min(rest, engine.clock.real_seconds(next_opening_at - engine.clock.now()))
        return max(rest, 0.01)

    async def _open(self, rule: ClockRule, day: ReportingDay, now: datetime) -> None:
        engine = self._engine
        done = await days.open_reporting_day(
            engine.database, self._units, day, rule.id, engine.law, engine.meanings, now=now
        )
        for absorbed in done:
            engine.note(absorbed, now)
        log.info(
            "reporting day opened",
            action="open-reporting-day",
            rule=rule.id,
            day=day.day.isoformat(),
            units=len(self._units),
        )

    def _daily_rules(self) -> list[ClockRule]:
        return [
            rule
            for rule in self._engine.law.current.clocks
            if rule.at is not None and any(fact.event == ReportingDayOpened.TYPE for fact in rule.start)
        ]

    async def take_figures_once(self) -> float:
        """Bring the gauges to what the database holds and return the rest."""
        engine, now = self._engine, self._engine.clock.now()
        figures = await take_clock_figures(engine.database, now=now)
        rules = [rule.id for rule in engine.law.current.clocks]
        engine.metrics.know_districts({code: self._names.get(code, code) for code in self._districts})
        for rule in rules:
            engine.metrics.know_rule(rule, self._districts)
        engine.metrics.show(figures.open, rules, self._districts[0], now)
        engine.metrics.show_units(
            {(code, self._names.get(code, code)): count for code, count in figures.overdue_by_unit.items()}
        )
        engine.metrics.oldest_unfired.set(_age(figures.oldest_step_at, now))
        engine.metrics.faulty.set(figures.faulty)
        return FIGURES_REST_SECONDS

    async def _for_ever(self, name: str, turn: Callable[[], Awaitable[float]]) -> None:
        while True:
            begun = time.perf_counter()
            try:
                rest = await turn()
                self._engine.metrics.duty_seconds.labels(name).observe(time.perf_counter() - begun)
            except Unavailable as error:
                self._engine.metrics.duty_failures.labels(name).inc()
                log.warning("duty waits", action=name, reason=error.detail)
                rest = FAILURE_REST_SECONDS
            except Exception:
                self._engine.metrics.duty_failures.labels(name).inc()
                log.exception("duty failed", action=name)
                rest = FAILURE_REST_SECONDS
            await asyncio.sleep(rest)


def _age(at: datetime | None, now: datetime) -> float:
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())
