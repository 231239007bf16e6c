"""The wiring of the reporting service: the only place where its parts meet; no rule, no SQL."""

from contextlib import AbstractAsyncContextManager
from functools import partial

from litestar import Litestar
from litestar.di import Provide

from services.reporting.handlers import attach_handlers
from services.reporting.routes import ROUTES
from services.reporting.service import Reporting
from services.reporting.timers import refresh_figures_for_ever
from shared.foundation import Foundation
from shared.http import create_app


def build(foundation: Foundation) -> Litestar:
    """Return the service's app, standing on an opened foundation."""
    reporting = Reporting(foundation)
    attach_handlers(foundation.broker, reporting)

    def life(app: Litestar) -> AbstractAsyncContextManager[None]:
        return foundation.life(app, duties=(partial(refresh_figures_for_ever, reporting),))

    return create_app(
        "reporting",
        [*ROUTES, *foundation.routes()],
        settings=foundation.settings,
        database=foundation.database,
        clock=foundation.clock,
        lifespan=[life],
        readiness_checks=foundation.readiness_checks(),
        dependencies={"reporting": Provide(lambda: reporting, sync_to_thread=False)},
        registry=foundation.registry,
    )
