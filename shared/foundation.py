"""What every service stands on, opened in one place: clock, registers, law, database, bus; and its life."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
import uvicorn
import uvloop
from litestar import Litestar
from litestar.types import ControllerRouterHandler
from prometheus_client import CollectorRegistry

from shared.asyncapi import asyncapi_routes
from shared.broker import Broker, open_broker
from shared.bus import Bus
from shared.bus_metrics import BusMetrics
from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.errors import Unavailable
from shared.event_stream import EventStream, event_routes
from shared.health import ReadinessCheck, migrations_check
from shared.http import served_as
from shared.http_metrics import new_registry
from shared.idempotency import purge_idempotency
from shared.institutions import InstitutionRegister
from shared.logs import configure_logs
from shared.policy import Pack, load_pack
from shared.postgres import Database
from shared.read_once import read_once
from shared.settings import PROJECT, Settings
from shared.traces import configure_traces

log = structlog.get_logger()

PURGE_EVERY_SECONDS = 3600.0

MIGRATIONS = PROJECT / "shared" / "migrations"


@dataclass(frozen=True, slots=True)
class Foundation:
    """The parts that a service's `app.py` wires its own to."""

    service: str
    settings: Settings
    clock: Clock
    divisions: DivisionRegister
    institutions: InstitutionRegister
    pack: Pack
    database: Database
    broker: Broker
    bus: Bus
    registry: CollectorRegistry
    """Where the service registers its figures; `/metrics` shows it."""
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the service is told to end, for answers that would go on for ever, such as event streams."""

    @classmethod
    async def open(cls, service: str, settings: Settings) -> "Foundation":
        """Read the registers and the law, connect to the database and prepare the bus.

        Raises ValueError or PolicyError for what cannot be read, Unavailable without a database; the bus
        may be away, it is connected to as soon as it answers.
        """
        database = await Database.open(
            settings.database_url.get_secret_value(), service, size=settings.database_pool_size
        )
        return cls.lay(service, settings, database)

    @classmethod
    def lay(cls, service: str, settings: Settings, database: Database) -> "Foundation":
        """Stand on a database that is there already; nothing is connected yet."""
        clock = settings.clock()
        divisions = read_once(DivisionRegister.load, settings.divisions_file).part(settings.divisions_under)
        institutions = read_once(InstitutionRegister.load, settings.institutions_file)
        pack = read_once(load_pack, settings.policy_folder)
        address = settings.bus_address()
        registry = new_registry()
        metrics = BusMetrics(registry)
        broker = open_broker(address, service, database, clock, metrics)
        bus = Bus(address, service, database, broker, clock, metrics)
        return cls(service, settings, clock, divisions, institutions, pack, database, broker, bus, registry)

    @property
    def event_stream(self) -> EventStream:
        """The service's events, for whoever listens over HTTP."""
        return EventStream(self.service, self.bus, self.ending, self.divisions)

    def routes(self) -> list[ControllerRouterHandler]:
        """Return what every service on the bus answers: its events by subtree, and its AsyncAPI document."""
        return [*event_routes(self.event_stream), *asyncapi_routes(self.service, self.broker)]

    def readiness_checks(self) -> list[ReadinessCheck]:
        """Return what `/ready` asks beside the database: the bus, the migrations and the policy."""
        own = PROJECT / "services" / self.service / "migrations"
        return [
            ReadinessCheck("bus", self.bus.check),
            migrations_check(self.database, MIGRATIONS / "audit", MIGRATIONS / "service", own),
            ReadinessCheck("policy", self._check_policy),
        ]

    async def _check_policy(self) -> None:
        """A process that could not read the policy never gets here; one without a clock judges nothing."""
        if not self.pack.clocks:
            raise Unavailable(f"The policy {self.pack.id} holds no clock.")

    @asynccontextmanager
    async def life(
        self, _: Litestar, duties: tuple[Callable[[], Awaitable[None]], ...] = ()
    ) -> AsyncGenerator[None, None]:
        """Connect the bus and start the clock door's duties; end them in order.

        `duties` run for ever, each in a task of its own; at the end they are cancelled, then the handlers
        finish, the outbox drains and the connections close.
        """
        self.bus.start()
        tasks = [asyncio.ensure_future(duty()) for duty in (*duties, self._forget_old_keys)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.bus.stop()
            await self.database.close()

    async def _forget_old_keys(self) -> None:
        """Purge idempotency keys once an hour; they live in real time, also in a drill."""
        while True:
            await asyncio.sleep(PURGE_EVERY_SECONDS)
            try:
                async with self.database.transaction() as connection:
                    await purge_idempotency(connection, now=Clock().now())
            except Unavailable:
                log.warning("keys are kept for now", action="purge-idempotency")


Build = Callable[[Foundation], Litestar | Awaitable[Litestar]]
"""Wires a service to its foundation; awaited where that needs the database."""


def run(service: str, settings: Settings, build: Build) -> None:
    """Serve until SIGTERM or SIGINT, then end in order: this is all that a service's `__main__` does."""
    configure_logs(service, settings.log_level)
    configure_traces(service)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_serve(service, settings, build))


class _Server(uvicorn.Server):
    """Says that the end has begun before it waits for the answers that are under way."""

    def __init__(self, config: uvicorn.Config, ending: asyncio.Event) -> None:
        super().__init__(config)
        self._ending = ending

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """End on SIGTERM and SIGINT without raising them again afterwards: an ordered end is exit code 0."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.set()
        await super().shutdown(sockets)


async def _serve(service: str, settings: Settings, build: Build) -> None:
    foundation = await Foundation.open(service, settings)
    built = build(foundation)
    app = built if isinstance(built, Litestar) else await built
    _settle_memory()
    server = _Server(served_as(app, settings), foundation.ending)
    log.info("service starts", action="start-service", host=settings.host, port=settings.port)
    await server.serve()
    log.info("service ended", action="stop-service")


def _settle_memory() -> None:
    """Take what the service starts with (registers, law, routes) out of the collector's sight.

    A batch of ten thousand rows makes the collector look often, and each full look went through all of
    it: a third of the batch's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
