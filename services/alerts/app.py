"""The wiring of the alerts service: the only place where its parts meet; no rule, no SQL."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from litestar import Litestar
from litestar.di import Provide

from services.alerts.actions.load_policy_versions import load_policy_versions
from services.alerts.clock_timers import ClockDuties
from services.alerts.engine import ClockEngine
from services.alerts.handlers import attach_handlers, attach_notices
from services.alerts.metrics import ClockMetrics
from services.alerts.paging import build_paging
from services.alerts.routes.acknowledge_link import LINK_ROUTES
from services.alerts.routes.clocks import ROUTES
from services.alerts.routes.duty import DUTY_ROUTES
from services.alerts.routes.pages import PAGE_ROUTES
from services.alerts.routes.system_alerts import SYSTEM_ALERT_ROUTES
from services.alerts.rules.clock_terms import Law
from shared.foundation import Foundation
from shared.http import create_app


async def build(foundation: Foundation) -> Litestar:
    """Return the service's app under the law on record, the pack's present version included."""
    law = await load_policy_versions(foundation.database, foundation.pack, now=foundation.clock.now())
    return assemble(foundation, law)


def assemble(foundation: Foundation, law: Law) -> Litestar:
    """Return the service's app, standing on an opened foundation, under `law`."""
    paging = build_paging(
        foundation.settings,
        database=foundation.database,
        clock=foundation.clock,
        register=foundation.divisions,
        law=law,
        registry=foundation.registry,
        wake_relay=foundation.bus.wake,
    )
    engine = ClockEngine(
        foundation.database,
        foundation.clock,
        law,
        ClockMetrics(foundation.registry),
        wake_relay=foundation.bus.wake,
        wake_paging=paging.duties.wake,
    )
    clock_duties = ClockDuties(engine, foundation.divisions.units())
    attach_handlers(foundation.broker, engine.take_in, engine.meanings.event_types())
    attach_notices(foundation.broker, paging.give_notice)

    def life(app: Litestar) -> AbstractAsyncContextManager[None]:
        return foundation.life(app, duties=(*clock_duties.duties(), *paging.duties.duties()))

    return create_app(
        "alerts",
        [*ROUTES, *DUTY_ROUTES, *PAGE_ROUTES, *LINK_ROUTES, *SYSTEM_ALERT_ROUTES, *foundation.routes()],
        settings=foundation.settings,
        database=foundation.database,
        clock=foundation.clock,
        lifespan=[life],
        readiness_checks=foundation.readiness_checks(),
        registry=foundation.registry,
        examples=Path(__file__).with_name("examples.yaml"),
        dependencies={
            "engine": Provide(lambda: engine, sync_to_thread=False),
            "paging": Provide(lambda: paging, sync_to_thread=False),
            "event_stream": Provide(lambda: foundation.event_stream, sync_to_thread=False),
        },
    )
