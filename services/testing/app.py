"""The wiring of the testing service: the only place where its parts meet; no rule, no SQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from litestar import Litestar
from litestar.di import Provide

from services.testing.handlers import attach_handlers
from services.testing.routes import ROUTES
from services.testing.service import Testing
from services.testing.timers import duties
from shared.duties import DutyMetrics, run_duty
from shared.foundation import Foundation
from shared.http import create_app


def build(foundation: Foundation) -> Litestar:
    """Return the service's app, standing on an opened foundation."""
    testing = Testing(foundation)
    attach_handlers(foundation.broker, testing)
    measured = DutyMetrics("testing", foundation.registry)
    running = tuple(partial(run_duty, duty, measured) for duty in duties(testing))

    @asynccontextmanager
    async def life(app: Litestar) -> AsyncGenerator[None, None]:
        async with foundation.life(app, duties=running):
            yield
        testing.planner.close()

    return create_app(
        "testing",
        [*ROUTES, *foundation.routes()],
        settings=foundation.settings,
        database=foundation.database,
        clock=foundation.clock,
        lifespan=[life],
        readiness_checks=foundation.readiness_checks(),
        registry=foundation.registry,
        examples=Path(__file__).with_name("examples.yaml"),
        dependencies={"testing": Provide(lambda: testing, sync_to_thread=False)},
    )
