"""The wiring of the registration service: the only place where its parts meet; no rule, no SQL."""

from litestar import Litestar
from litestar.di import Provide

from services.registration.routes import ROUTES
from services.registration.service import Registration
from shared.foundation import Foundation
from shared.http import create_app


def build(foundation: Foundation) -> Litestar:
    """Return the service's app, standing on an opened foundation."""
    registration = Registration(foundation)
    return create_app(
        "registration",
        [*ROUTES, *foundation.routes()],
        settings=foundation.settings,
        database=foundation.database,
        clock=foundation.clock,
        lifespan=[foundation.life],
        readiness_checks=foundation.readiness_checks(),
        dependencies={"registration": Provide(lambda: registration, sync_to_thread=False)},
        registry=foundation.registry,
    )
