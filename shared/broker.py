"""The broker of a service's handlers: FastStream's, on a sturdier connection and with an end in order."""

import asyncio
import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import nats.errors
import nats.js.errors
import structlog
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.js.api import ConsumerConfig

from shared.bus_address import Address
from shared.bus_metrics import BusMetrics
from shared.clock import Clock
from shared.contracts import EVENTS
from shared.errors import Unavailable
from shared.in_hand import MessagesInHand
from shared.jetstream import ACK_WAIT_SECONDS, client_options, open_client
from shared.postgres import Database
from shared.refusals import Judgement, Patience, Refusals

log = structlog.get_logger()

AWAY = (Unavailable, nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)
"""What says that the bus does not answer."""
HANDLERS_SECONDS = 10.0
KEPT_TIMES = 4
"""How often within its waiting time the server is told that a message is being worked on."""


class Broker(NatsBroker):
    """FastStream's broker on a connection that no message ends; raises Unavailable when nobody answers."""

    def __init__(self, *, admission: Mapping[str, Any], **settings: Any) -> None:
        """`admission` is what FastStream has no parameters for: the account, and whom to trust with TLS."""
        super().__init__(**settings)
        self._admission = admission
        self.in_hand = MessagesInHand()
        """What has come over the present connection and is not answered yet."""
        self._keeping: asyncio.Task[None] | None = None

    async def _connect(self) -> Client:
        connection = await open_client({**self._connection_kwargs, **self._admission})
        self.config.connect(connection)
        self._let_go()
        self.in_hand = connection.in_hand
        shortest = min((place.config.ack_wait for place in self._places()), default=ACK_WAIT_SECONDS)
        keeping = self.in_hand.keep(connection.publish, shortest / KEPT_TIMES)
        self._keeping = asyncio.create_task(keeping)
        return connection

    def _let_go(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None

    @property
    def client(self) -> Client | None:
        """The connection, once there is one."""
        return self._connection

    def consumers(self) -> list[tuple[str, ConsumerConfig]]:
        """Return the durable places (stream, configuration) that the handlers read from."""
        return [(one.stream.name, one.config) for one in self._places()]

    def _places(self) -> list[Any]:
        return list(cast("Any", self.subscribers))

    async def end_handlers(self) -> None:
        """Ask for no more messages and wait until those that have come are handled and answered.

        FastStream would drop what it has taken and not begun, and the server would give it to somebody else
        only after a while.
        """
        if self.client is None or not self.client.is_connected:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HANDLERS_SECONDS):
                await asyncio.gather(*(self._end(place) for place in self._places()))

    async def _end(self, place: Any) -> None:
        # Taken away first: one that is cut off here must not pass for a subscription of the next connection.
        subscription, place.subscription = place.subscription, None
        if subscription is None:
            return
        with contextlib.suppress(nats.errors.Error):
            await subscription.drain()
        idle_looks = 0
        while idle_looks < 2:  # what has left the queue begins a turn of the loop later
            queued = place.receive_stream.statistics().current_buffer_used
            idle = not queued and place.limiter.value == place.max_workers
            idle_looks = idle_looks + 1 if idle else 0
            await asyncio.sleep(0.01)

    async def leave(self) -> None:
        """End handlers and close the connection, in whatever state it is; `start` may be called again."""
        await self.end_handlers()
        self._let_go()
        client = self.client
        for place in self._places():
            if client is None or not client.is_connected:
                place.subscription = None  # there is nobody to tell
        try:
            await self.stop()
        except* Exception as errors:
            log.warning("handlers ended badly", action="stop-bus", reason=repr(errors.exceptions[0]))
        if client is not None:
            with contextlib.suppress(*AWAY):
                await client.close()
        self._connection = None
        self.config.disconnect()


def open_broker(
    address: Address,
    service: str,
    database: Database,
    clock: Clock,
    metrics: BusMetrics,
    patience: Patience | None = None,
) -> Broker:
    """Return the service's broker, not yet connected, with the rules for failed messages.

    It declares what the service publishes for its AsyncAPI document; publishing is the relay's work.
    """
    judgement = Judgement(database, clock, metrics, patience or Patience())
    options = client_options(address, f"{service}-handlers")
    broker = Broker(
        admission={name: options.pop(name) for name in ("user", "password", "tls") if name in options},
        **options,
        middlewares=[cast("Any", partial(Refusals, judgement=judgement))],
        graceful_timeout=HANDLERS_SECONDS,
        logger=None,
    )
    for type_, event in EVENTS.items():
        if type_.startswith(f"{service}."):
            broker.publisher(
                f"{type_}.*.*.*.*",
                schema=event,
                title=type_,
                description=event.__doc__,
            )
    return broker
