"""A service's life on the bus: connections that are watched, handlers, the relay, and an end in order."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import cast

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext

from shared.broker import AWAY, Broker
from shared.bus_address import Address, as_bus_address
from shared.bus_metrics import BusMetrics
from shared.clock import Clock
from shared.errors import Unavailable
from shared.jetstream import connect, ensure_consumers, ensure_streams, stream_of
from shared.postgres import Database
from shared.relay import Relay

log = structlog.get_logger()

LEAVE_SECONDS = 25.0
"""The longest that an ordered end may take; what is left then is sent or handled after the next start."""
RELAY_SECONDS = 6.0
OLDEST = "SELECT created_at FROM outbox ORDER BY id LIMIT 1"


@dataclass(frozen=True, slots=True)
class Watchfulness:
    """How the connections are watched, in real seconds."""

    look_seconds: float = 2.0
    """How often streams and consumers are looked for; until then a lost one keeps its handlers waiting."""
    answer_seconds: float = 5.0
    most_silent_looks: int = 3
    """After so many looks without an answer a connection that seems to stand is made anew."""


class Bus:
    """A service's side of the bus: the relay of its outbox and the broker of its handlers.

    It connects as soon as NATS answers and stays; HTTP does not wait for it. Connections heal themselves
    after an outage; what does not heal (a closed connection, a stream or consumer that is gone) is noticed
    within seconds and made anew. `stop` ends in order: handlers finish, the outbox drains, all is closed.
    """

    def __init__(
        self,
        address: Address,
        service: str,
        database: Database,
        broker: Broker,
        clock: Clock,
        metrics: BusMetrics,
        watchfulness: Watchfulness | None = None,
    ) -> None:
        self._address = as_bus_address(address)
        self._service = service
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._watchfulness = watchfulness or Watchfulness()
        self.broker = broker
        self.client: Client | None = None
        self.relay: Relay | None = None
        self._task: asyncio.Task[None] | None = None
        self._relaying: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect, relay and handle, in the background."""
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            try:
                await self._open()
                await self._watch()
            except AWAY as error:
                log.warning("bus is away", action="connect-bus", reason=type(error).__name__)
            except Exception:
                log.exception("bus failed", action="connect-bus")
            self._metrics.connected.set(0)
            await self._leave()
            await asyncio.sleep(1)

    async def _open(self) -> None:
        self.client = await connect(self._address, f"{self._service}-relay")
        jetstream = self.client.jetstream()
        await self._ensure_places(jetstream)
        await self.broker.start()
        self.relay = Relay(self._database, jetstream, metrics=self._metrics)
        self._relaying = asyncio.create_task(self.relay.run())
        log.info("bus is there", action="connect-bus")

    async def _ensure_places(self, jetstream: JetStreamContext) -> None:
        await ensure_streams(jetstream, replicas=self._address.replicas)
        await ensure_consumers(jetstream, self.broker.consumers())
        for _, config in self.broker.consumers():
            self._metrics.know_consumer(cast("str", config.durable_name))

    async def _watch(self) -> None:
        """Return when the connections have to be made anew; until then mend what is missing."""
        silent = 0
        while True:
            try:
                await self._look()
                silent = 0
            except nats.js.errors.NotFoundError as error:
                log.error("stream or consumer is gone", action="watch-bus", reason=error.description)
                assert self.client is not None
                with contextlib.suppress(*AWAY):
                    await self._ensure_places(self.client.jetstream())
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                self._metrics.connected.set(0)
                if self._is_closed():
                    return
                silent = silent + 1 if self._seems_connected() else 0
                log.warning("bus is silent", action="watch-bus", reason=type(error).__name__, looks=silent)
                if silent >= self._watchfulness.most_silent_looks:
                    return
            await self._take_figures()
            await asyncio.sleep(self._watchfulness.look_seconds)

    async def _look(self) -> None:
        """Ask each connection for what it works with; raises what nats-py raises when it is not there."""
        if not self._seems_connected():
            raise nats.errors.ConnectionClosedError
        assert self.client is not None
        assert self.broker.client is not None
        patience = self._watchfulness.answer_seconds
        await self.client.jetstream(timeout=patience).stream_info(stream_of(self._service))
        handlers = self.broker.client.jetstream(timeout=patience)
        for stream, config in self.broker.consumers():
            place = await handlers.consumer_info(stream, cast("str", config.durable_name))
            self._metrics.show_lag(
                place.name, pending=place.num_pending or 0, unacknowledged=place.num_ack_pending or 0
            )
        self._metrics.connected.set(1)

    def _seems_connected(self) -> bool:
        return all(client is not None and client.is_connected for client in (self.client, self.broker.client))

    def _is_closed(self) -> bool:
        return any(client is None or client.is_closed for client in (self.client, self.broker.client))

    async def _take_figures(self) -> None:
        with contextlib.suppress(Unavailable):
            async with self._database.connection() as connection:
                oldest = await connection.fetchval(OLDEST)
            age = (self._clock.now() - oldest).total_seconds() if oldest else 0.0
            self._metrics.outbox_age.set(max(0.0, age))

    def wake(self) -> None:
        """Say that events were committed to the outbox."""
        if self.relay is not None:
            self.relay.wake()

    async def check(self) -> None:
        """Raise Unavailable unless the bus answers; for `/ready`."""
        if self.relay is None or not self._seems_connected():
            raise Unavailable("The bus does not answer.")

    async def stop(self) -> None:
        """Let handlers finish, drain the outbox (a few seconds at most) and close."""
        while self._task is not None and not self._task.done():
            self._task.cancel()  # again, for a library on the way may have swallowed one
            await asyncio.wait([self._task], timeout=1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._leave(drain=True)

    async def _leave(self, *, drain: bool = False) -> None:
        await self.broker.leave()
        relay, relaying, client = self.relay, self._relaying, self.client
        self.relay = self._relaying = self.client = None
        if relay is not None and relaying is not None:
            await relay.stop()
            await asyncio.wait([relaying], timeout=RELAY_SECONDS)
            relaying.cancel()
            await asyncio.gather(relaying, return_exceptions=True)
        if drain and relay is not None and client is not None and client.is_connected:
            with contextlib.suppress(*AWAY):
                async with asyncio.timeout(RELAY_SECONDS):
                    await relay.drain()
        if client is not None:
            with contextlib.suppress(*AWAY):
                await client.close()
