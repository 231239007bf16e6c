"""The wiring of the auditor."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.di import Provide

from services.auditor.config import Settings
from services.auditor.gateways.disks import DiskCollector
from services.auditor.metrics import Metrics
from services.auditor.routes import ROUTES
from services.auditor.timers import AuditDuty, TrailDuty
from shared.contracts import Event
from shared.contracts.testing import PoolPositive, SamplePositive
from shared.http import create_app
from shared.http_metrics import new_registry
from shared.policy import Pack, load_pack
from shared.postgres import Database


def rules_started_by(event: type[Event], pack: Pack) -> list[str]:
    """Return the ids of the clocks that an event must have started."""
    return [rule.id for rule in pack.clocks if any(fact.event == event.TYPE for fact in rule.start)]


def build(settings: Settings, database: Database) -> Litestar:
    """Return the auditor's app; it audits for as long as it lives."""
    clock = settings.clock()
    registry = new_registry()
    registry.register(DiskCollector(settings.watched_disks))
    pack = load_pack(settings.policy_folder)
    metrics = Metrics(registry)
    duty = AuditDuty(
        database,
        clock,
        every=settings.audit_every,
        grace=settings.audit_grace,
        positive_rules=rules_started_by(SamplePositive, pack),
        pool_rules=rules_started_by(PoolPositive, pack),
        heartbeat_url=settings.heartbeat_url,
        metrics=metrics,
    )
    trails = TrailDuty(database, every=settings.trails_verified_every, metrics=metrics)

    @asynccontextmanager
    async def life(_: Litestar) -> AsyncGenerator[None, None]:
        tasks = [asyncio.create_task(each.run()) for each in (duty, trails)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await database.close()

    return create_app(
        "auditor",
        ROUTES,
        settings=settings,
        database=database,
        clock=clock,
        lifespan=[life],
        registry=registry,
        dependencies={
            "duty": Provide(lambda: duty, sync_to_thread=False),
            "trail_duty": Provide(lambda: trails, sync_to_thread=False),
        },
    )
