"""The wiring of the registration service: the only place where its parts meet; no rule, no SQL."""

from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

from litestar import Litestar
from litestar.di import Provide

from services.registration.handlers import attach_handlers
from services.registration.routes import ROUTES
from services.registration.service import Registration
from services.registration.timers import duties
from shared.duties import DutyMetrics, run_duty
from shared.foundation import Foundation
from shared.http import create_app


def build(foundation: Foundation) -> Litestar:
    """Return the service's app, standing on an opened foundation."""
    registration = Registration(foundation)
    attach_handlers(foundation.broker, registration)
    measured = DutyMetrics("registration", foundation.registry)
    running = tuple(partial(run_duty, duty, measured) for duty in duties(registration))

    def life(app: Litestar) -> AbstractAsyncContextManager[None]:
        return foundation.life(app, duties=running)

    return create_app(
        "registration",
        [*ROUTES, *foundation.routes()],
        settings=foundation.settings,
        database=foundation.database,
        clock=foundation.clock,
        lifespan=[life],
        readiness_checks=foundation.readiness_checks(),
        dependencies={"registration": Provide(lambda: registration, sync_to_thread=False)},
        registry=foundation.registry,
        examples=Path(__file__).with_name("examples.yaml"),
    )
