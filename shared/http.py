"""The app that all four services are: Litestar with our errors, access, limits, health and documents."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.plugins.pydantic import PydanticPlugin
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler
from msgspec import Raw
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from shared.access import Access, scopes_of, take_over_guards
from shared.admission import METHODS, OPEN, PARAMETERS, Admission
from shared.api_keys import verify_keys
from shared.bodies import WireRequest
from shared.clock import Clock
from shared.front_door import FrontDoor
from shared.health import ReadinessCheck, database_check, health_routes
from shared.http_metrics import HttpMetrics, PoolCollector, new_registry
from shared.http_protocol import ProblemProtocol
from shared.idempotency import Idempotency
from shared.oidc import oidc_verifier
from shared.openapi import EXAMPLES, openapi_config, openapi_routes
from shared.postgres import Database
from shared.problems import answer_problem, explain_problem
from shared.rate_limits import RateLimit
from shared.settings import Settings

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[Any]]


def create_app(
    service: str,
    routes: Sequence[ControllerRouterHandler],
    *,
    settings: Settings,
    database: Database,
    clock: Clock,
    access: Access | None = None,
    lifespan: Sequence[Lifespan] = (),
    readiness_checks: Sequence[ReadinessCheck] = (),
    dependencies: Mapping[str, Provide] | None = None,
    state: Mapping[str, Any] | None = None,
    registry: CollectorRegistry | None = None,
    examples: Path | None = None,
) -> Litestar:
    """Return the service's app.

    Every route needs a key or a token unless its `opt` has `open`, and should name its scopes with
    `guards=[requires(…)]`. Handlers may ask for `clock` and `database` by name, and for what `dependencies`
    adds; `request.user` is the Principal. `state` is found as `request.app.state`. A route that takes more
    than `body_limit_bytes` says so with `request_max_body_size`. Query parameters that a handler does not
    declare are refused; one that reads `request.query_params` itself names them in `opt={PARAMETERS: …}`.
    `examples` is the file with the example of each body.
    """
    registry = registry or new_registry()
    registry.register(PoolCollector(service, database))
    metrics = HttpMetrics(service, registry)
    version = installed_version("dutyclock")
    checks = (database_check(database), *readiness_checks)
    app = Litestar(
        [*routes, *health_routes(service, version, checks, metrics), explain_problem, *openapi_routes()],
        request_class=WireRequest,
        request_max_body_size=settings.body_limit_bytes,
        exception_handlers={Exception: answer_problem},
        middleware=[
            DefineMiddleware(
                Admission,
                access=access or create_access(settings, database),
                known=RateLimit(settings.rate_limit_per_minute),
                unknown=RateLimit(settings.anonymous_rate_limit_per_minute),
            ),
            DefineMiddleware(Idempotency, database=database),
        ],
        dependencies={
            "clock": Provide(lambda: clock, sync_to_thread=False),
            "database": Provide(lambda: database, sync_to_thread=False),
            **(dependencies or {}),
        },
        state=State(
            {
                "clock": clock,
                "database": database,
                EXAMPLES: examples,
                **(state or {}),
            }
        ),
        lifespan=list(lifespan),
        plugins=[PydanticPlugin(prefer_alias=True)],
        type_encoders={BaseModel: _encode_model},
        openapi_config=openapi_config(service, version),
        logging_config=None,
        debug=False,
    )
    _close_doors(app)
    app.asgi_handler = FrontDoor(app.asgi_handler, metrics)
    return app


def _close_doors(app: Litestar) -> None:
    """Leave scopes and query parameters to Admission; raises ValueError for a route that names no scope."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler, parameters in route.route_handler_map.values():
            if "OPTIONS" in handler.http_methods:
                handler.opt[METHODS] = route.methods
            elif OPEN not in handler.opt and not scopes_of(handler):
                raise ValueError(f"{route.path}: name the scopes with guards=[requires(…)], or set opt open")
            take_over_guards(handler)
            if "query" not in parameters.expected_reserved_kwargs:
                names = frozenset(one.field_alias for one in parameters.expected_query_params)
                handler.opt.setdefault(PARAMETERS, names)


def create_access(settings: Settings, database: Database) -> Access:
    """Return what verifies API keys and, where an issuer is set, its tokens; both live in real time."""
    real_time = Clock()
    return Access(
        keys=verify_keys(database, real_time),
        tokens=oidc_verifier(settings, real_time),
        cache_seconds=settings.access_cache_seconds,
    )


def _encode_model(model: BaseModel) -> Raw:
    """Let pydantic write the JSON itself: one pass, without a dict in between."""
    return Raw(model.__pydantic_serializer__.to_json(model, by_alias=True))


def served_as(app: Litestar, settings: Settings) -> uvicorn.Config:
    """Return how a service is served where its settings say."""
    return uvicorn_config(
        app,
        host=settings.host,
        port=settings.port,
        certificate=settings.tls_certificate_file,
        key=settings.tls_key_file,
        trusted_proxies=settings.trusted_proxies,
    )


def uvicorn_config(
    app: Litestar,
    *,
    host: str,
    port: int,
    certificate: Path | None = None,
    key: Path | None = None,
    trusted_proxies: str = "",
) -> uvicorn.Config:
    """Return how every service is served: quiet about itself, patient with what is under way at shutdown.

    With a certificate it speaks TLS alone. What `X-Forwarded-For` says is believed of trusted proxies only.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies,
        loop="auto",
        http=ProblemProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=20,
        h11_max_incomplete_event_size=65_536,
    )
