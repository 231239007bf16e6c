"""The wiring of the reporting service: the only place where its parts meet; no rule, no SQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from litestar import Litestar
from litestar.di import Provide

from services.reporting.config import Settings
from services.reporting.gateways.webhook import WebhookSender
from services.reporting.handlers import attach_handlers
from services.reporting.routes import ROUTES
from services.reporting.service import Reporting
from services.reporting.timers import duties
from services.reporting.webhook_feed import WebhookFeed
from services.reporting.webhook_post import WebhookPost
from shared.duties import DutyMetrics, run_duty
from shared.foundation import Foundation
from shared.http import create_app


def build(foundation: Foundation) -> Litestar:
    """Return the service's app, standing on an opened foundation."""
    settings = foundation.settings
    assert isinstance(settings, Settings)
    reporting = Reporting(foundation, webhook_allow_local=settings.webhook_allow_local)
    attach_handlers(foundation.broker, reporting)
    measured = DutyMetrics("reporting", foundation.registry)
    feed = WebhookFeed(settings.bus_address(), reporting.database, reporting.real_clock)

    @asynccontextmanager
    async def life(app: Litestar) -> AsyncGenerator[None, None]:
        sender = WebhookSender(allow_local=settings.webhook_allow_local)
        post = WebhookPost(
            reporting.database, reporting.real_clock, reporting.sealer, sender, reporting.metrics
        )
        running = tuple(partial(run_duty, duty, measured) for duty in duties(reporting, post))
        async with foundation.life(app, duties=(feed.run, *running)):
            try:
                yield
            finally:
                await post.close()

    return create_app(
        "reporting",
        [*ROUTES, *foundation.routes()],
        settings=settings,
        database=foundation.database,
        clock=foundation.clock,
        lifespan=[life],
        readiness_checks=foundation.readiness_checks(),
        dependencies={"reporting": Provide(lambda: reporting, sync_to_thread=False)},
        registry=foundation.registry,
        examples=Path(__file__).with_name("examples.yaml"),
    )
