"""The wiring of the testing service: the only place where its parts meet; no rule, no SQL."""

from litestar import Litestar
from litestar.di import Provide

from services.testing.routes import ROUTES
from services.testing.service import Testing
from shared.foundation import Foundation
from shared.http import create_app


def build(foundation: Foundation) -> Litestar:
    """Return the service's app, standing on an opened foundation."""
    testing = Testing(foundation)
    return create_app(
        "testing",
        [*ROUTES, *foundation.routes()],
        settings=foundation.settings,
        database=foundation.database,
        clock=foundation.clock,
        lifespan=[foundation.life],
        readiness_checks=foundation.readiness_checks(),
        registry=foundation.registry,
        dependencies={"testing": Provide(lambda: testing, sync_to_thread=False)},
    )
