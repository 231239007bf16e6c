"""The clock engine on a real database, with a clock that tests move."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.alerts.actions.absorb_facts import absorb_facts
from services.alerts.actions.load_policy_versions import load_policy_versions
from services.alerts.engine import ClockEngine
from services.alerts.metrics import ClockMetrics
from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_terms import Law
from shared.postgres import Database
from tests.alerts.clocks.facts import NOON, the_pack
from tests.clocks import MovableClock


@dataclass
class ClockRoom:
    """One engine, its database and what it woke."""

    database: Database
    clock: MovableClock
    law: Law
    registry: CollectorRegistry
    engine: ClockEngine
    woken: list[str] = field(default_factory=list[str])

    async def absorb(self, facts: Sequence[Fact], *, law: Law | None = None) -> None:
        """Take facts in, now."""
        await absorb_facts(self.database, facts, law or self.law, now=self.clock.now())

    async def fire(self, after: timedelta = timedelta()) -> int:
        """Move on and fire what is due."""
        self.clock.advance(after)
        return await self.engine.fire_due()

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        async with self.database.connection() as connection:
            return [dict(row) for row in await connection.fetch(statement, *values)]

    async def execute(self, statement: str, *values: Any) -> None:
        async with self.database.connection() as connection:
            await connection.execute(statement, *values)

    async def told(self) -> list[str]:
        """The types of the events in the outbox, in their order."""
        return [
            row["type"]
            for row in await self.rows(
                "SELECT split_part(subject, '.', 1) || '.' || split_part(subject, '.', 2) AS type "
                "FROM outbox ORDER BY id"
            )
        ]

    async def steps(self) -> list[tuple[int, str, datetime, float]]:
        return [
            (row["step_index"], row["kind"], row["due_at"], row["late_seconds"])
            for row in await self.rows("SELECT * FROM clock_step ORDER BY clock_id, step_index")
        ]

    def figure(self, name: str, /, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


def engine_on(
    database: Database, clock: MovableClock, law: Law, woken: list[str]
) -> tuple[ClockEngine, CollectorRegistry]:
    """An engine like that of a process of its own."""
    registry = CollectorRegistry()
    engine = ClockEngine(
        database,
        clock,
        law,
        ClockMetrics(registry),
        wake_relay=lambda: woken.append("relay"),
        wake_paging=lambda: woken.append("paging"),
    )
    return engine, registry


@pytest.fixture
async def room(service_database_url: Callable[[str], str]) -> AsyncIterator[ClockRoom]:
    """An engine on an empty database, at noon of 2021-02-01 in Shanghai."""
    database = await Database.open(service_database_url("alerts"), "alerts", size=6)
    clock = MovableClock(NOON)
    law = await load_policy_versions(database, the_pack(), now=clock.now())
    woken: list[str] = []
    engine, registry = engine_on(database, clock, law, woken)
    yield ClockRoom(database, clock, law, registry, engine, woken)
    await database.close()
