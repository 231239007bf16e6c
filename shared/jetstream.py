"""NATS JetStream: streams, the broker with its rules for failed messages, and subscriptions by contract.

FastStream's default on NATS terminates a message whose handler raised. Here a refusal (an error kind that
waiting does not mend) becomes a row of `dead_letter` and is acknowledged; everything else is negatively
acknowledged with a growing delay, and put aside after `MOST_DELIVERIES` when it fails for an unknown reason.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar, cast
from uuid import UUID

import nats
import nats.errors
import nats.js.errors
import structlog
from faststream import BaseMiddleware
from faststream.exceptions import HandlerException, NackMessage
from faststream.message import StreamMessage
from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsRouter
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from shared.bus_metrics import BusMetrics
from shared.clock import Clock
from shared.contracts import EVENTS, ContractViolation, Event, open_envelope
from shared.errors import DutyclockError, Unavailable
from shared.postgres import Database
from shared.relay import Relay
from shared.traces import continue_trace

log = structlog.get_logger()

SERVICES = ("registration", "testing", "alerts", "reporting")
DAY_SECONDS = 24 * 3600
MOST_DELIVERIES = 10
WORKERS = 500

E = TypeVar("E", bound=Event)


def stream_of(service: str) -> str:
    """Return the name of a service's stream."""
    return service.upper()


def stream_config(service: str, *, replicas: int = 1) -> StreamConfig:
    """Return a service's stream: kept on disk for 90 days, refusing rather than forgetting when full."""
    return StreamConfig(
        name=stream_of(service),
        subjects=[f"{service}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_age=90 * DAY_SECONDS,
        duplicate_window=600,
        allow_atomic=True,
        num_replicas=replicas,
    )


async def ensure_streams(jetstream: JetStreamContext, *, replicas: int = 1) -> None:
    """Create the four streams, or bring them to the present configuration."""
    for service in SERVICES:
        config = stream_config(service, replicas=replicas)
        try:
            await jetstream.add_stream(config)
        except nats.js.errors.BadRequestError:
            await jetstream.update_stream(config)


async def connect(url: str, name: str) -> Client:
    """Connect to NATS and stay connected: reconnects for ever, two seconds apart.

    Raises Unavailable when nobody answers the first time.
    """
    try:
        return await nats.connect(
            url,
            name=name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.5,
            connect_timeout=3,
            ping_interval=10,
            max_outstanding_pings=3,
            error_cb=_note_error,
        )
    except (nats.errors.Error, OSError, TimeoutError) as error:
        raise Unavailable("The bus does not answer.") from error


async def _note_error(error: Exception) -> None:
    log.warning("bus connection", action="nats-connection", reason=type(error).__name__)


def event_id(message: StreamMessage[Any]) -> UUID:
    """Return the id of the CloudEvent that is being handled."""
    return UUID(message.headers["ce-id"])


def _decode(model: type[Event] | None) -> Callable[[StreamMessage[Any]], Awaitable[Event]]:
    async def decode(message: StreamMessage[Any]) -> Event:
        _, event = open_envelope(message.headers, cast("bytes", message.body), EVENTS)
        if model is not None and not isinstance(event, model):
            raise ContractViolation(f"A {model.TYPE} is expected here, {event.TYPE} was found.")
        return event

    return decode


def subscribe(router: NatsRouter | NatsBroker, service: str, *events: type[Event], consumer: str) -> Any:
    """Return the decorator of a handler for events of one stream; `consumer` names its durable place.

    The handler takes the event (typed) and, when it needs the event's id, the message. Several processes
    of a service share one durable consumer. A handler may be called twice for one event.
    """
    sources = {event.TYPE.partition(".")[0] for event in events}
    if len(sources) != 1:
        raise ValueError("a subscription reads one stream")
    (source,) = sources
    subjects = [f"{event.TYPE}.*.*.*.*" for event in events]
    durable = f"{service}-{consumer}"
    return router.subscriber(
        subjects[0] if len(subjects) == 1 else "",
        queue=durable,
        stream=JStream(stream_of(source), declare=False),
        config=ConsumerConfig(
            filter_subjects=subjects if len(subjects) > 1 else None,
            ack_wait=60,
            max_ack_pending=2 * WORKERS,
            max_deliver=-1,
        ),
        max_workers=WORKERS,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        decoder=_decode(events[0] if len(events) == 1 else None),
        title=f"{service}: {consumer}",
    )


class Refusals(BaseMiddleware):
    """Decides the fate of a message whose handler raised: dead letter, or delivered again after a delay."""

    def __init__(
        self, msg: Any, /, *, context: Any, database: Database, clock: Clock, metrics: BusMetrics
    ) -> None:
        super().__init__(msg, context=context)
        self._database = database
        self._clock = clock
        self._metrics = metrics

    async def consume_scope(
        self, call_next: Callable[[StreamMessage[Any]], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Any:
        metadata = msg.raw_message.metadata
        consumer = metadata.consumer
        if metadata.num_delivered > 1:
            self._metrics.redelivered.labels(consumer).inc()
        try:
            with continue_trace(msg.headers.get("traceparent"), f"handle {consumer}"):
                result = await call_next(msg)
        except HandlerException:
            raise
        except DutyclockError as error:
            if error.retry:
                self._again(consumer, metadata.num_delivered, error)
            return await self._put_aside(msg, consumer, error)
        except Exception as error:
            log.exception("handler failed", action="handle-message", consumer=consumer)
            if metadata.num_delivered < MOST_DELIVERIES:
                self._again(consumer, metadata.num_delivered, error)
            return await self._put_aside(msg, consumer, error)
        self._metrics.consumed.labels(consumer, "handled").inc()
        return result

    def _again(self, consumer: str, delivered: int, error: Exception) -> None:
        self._metrics.consumed.labels(consumer, "retried").inc()
        delay_seconds = min(0.5 * 2 ** min(delivered, 10), 30)
        log.warning(
            "message will be delivered again",
            action="handle-message",
            consumer=consumer,
            reason=type(error).__name__,
            delay_seconds=delay_seconds,
        )
        raise NackMessage(delay=delay_seconds) from error

    async def _put_aside(self, msg: StreamMessage[Any], consumer: str, error: Exception) -> None:
        metadata = msg.raw_message.metadata
        problems = error.problems if isinstance(error, DutyclockError) else ()
        reason = error.detail if isinstance(error, DutyclockError) else type(error).__name__
        try:
            async with self._database.transaction() as connection:
                await connection.execute(
                    PUT_ASIDE,
                    metadata.stream,
                    metadata.sequence.stream,
                    consumer,
                    msg.raw_message.subject,
                    dict(msg.headers),
                    bytes(cast("bytes", msg.body)),
                    reason,
                    [{"field": problem.field, "reason": problem.reason} for problem in problems],
                    self._clock.now(),
                )
        except Unavailable as away:
            self._again(consumer, metadata.num_delivered, away)
        self._metrics.consumed.labels(consumer, "dead-letter").inc()
        log.error("message put aside", action="dead-letter", consumer=consumer, reason=reason)


PUT_ASIDE = """
INSERT INTO dead_letter (stream, sequence, consumer, subject, headers, body, reason, problems, put_aside_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (consumer, stream, sequence) DO NOTHING
"""


def open_broker(url: str, service: str, database: Database, clock: Clock, metrics: BusMetrics) -> NatsBroker:
    """Return the service's broker, not yet connected, with the rules for failed messages.

    It declares what the service publishes for its AsyncAPI document; publishing is the relay's work.
    """
    broker = NatsBroker(
        url,
        name=f"{service}-handlers",
        middlewares=[cast("Any", partial(Refusals, database=database, clock=clock, metrics=metrics))],
        graceful_timeout=10,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        connect_timeout=3,
        ping_interval=10,
        max_outstanding_pings=3,
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


class Bus:
    """A service's side of the bus: the relay of its outbox and the broker of its handlers.

    `run` connects as soon as NATS answers and stays; HTTP does not wait for it. `stop` ends in order:
    handlers finish, the outbox drains, the connections close.
    """

    def __init__(self, url: str, service: str, database: Database, broker: NatsBroker) -> None:
        self._url = url
        self._service = service
        self._database = database
        self.broker = broker
        self.client: Client | None = None
        self.relay: Relay | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to connect, relay and handle, in the background."""
        self._tasks.append(asyncio.create_task(self._run()))

    async def _run(self) -> None:
        while True:
            try:
                client = self.client or await connect(self._url, f"{self._service}-relay")
                self.client = client
                jetstream = client.jetstream()
                await ensure_streams(jetstream)
                await self.broker.start()
            except (Unavailable, nats.errors.Error, OSError, TimeoutError) as error:
                log.warning("bus is away", action="connect-bus", reason=type(error).__name__)
                await asyncio.sleep(1)
                continue
            self.relay = Relay(self._database, jetstream)
            await self.relay.run()
            return

    def wake(self) -> None:
        """Say that events were committed to the outbox."""
        if self.relay is not None:
            self.relay.wake()

    async def check(self) -> None:
        """Raise Unavailable unless the bus answers; for `/ready`."""
        if self.client is None or self.relay is None or not self.client.is_connected:
            raise Unavailable("The bus does not answer.")

    async def stop(self) -> None:
        """Let handlers finish, drain the outbox (a few seconds at most) and close."""
        with contextlib.suppress(Exception):
            await self.broker.stop()
        if self.relay is not None:
            await self.relay.stop()
        for task in self._tasks:
            with contextlib.suppress(TimeoutError, asyncio.CancelledError, Exception):
                async with asyncio.timeout(5):
                    await task
            task.cancel()
        if self.relay is not None:
            with contextlib.suppress(Unavailable, nats.errors.Error, TimeoutError):
                async with asyncio.timeout(5):
                    await self.relay.drain()
        if self.client is not None:
            with contextlib.suppress(nats.errors.Error, TimeoutError):
                await self.client.close()
