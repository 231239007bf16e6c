"""NATS JetStream: streams and their consumers, connections that survive what others publish, subscriptions.

What becomes of a message whose handler raised is decided in `shared/refusals.py`; a service's life on the bus
is in `shared/bus.py`, its handlers' broker in `shared/broker.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar, cast
from uuid import UUID

import nats.errors
import nats.js.errors
import structlog
from faststream.message import StreamMessage
from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsRouter
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    ConsumerConfig,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from shared.bus_address import Address, as_bus_address
from shared.contracts import EVENTS, ContractViolation, Event, open_envelope
from shared.errors import Unavailable
from shared.in_hand import MessagesInHand

log = structlog.get_logger()

SERVICES = ("registration", "testing", "alerts", "reporting")
DAY_SECONDS = 24 * 3600
WORKERS = 500
ACK_WAIT_SECONDS = 20
"""After this an unanswered message goes to another process: its first one was killed, or its answer lost.

A handler that is slower keeps its message: the server is told that it is being worked on.
"""
CONNECT_SECONDS = 5.0
CANNOT_BE_UPDATED = 10012
"""What the server says, with status 500, of a consumer that was made to begin elsewhere: after a restore."""

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
    """Create the four streams, or bring them to the present configuration.

    A service's account may not change a stream that is there (the server does not answer then): it is left
    as it is until `dutyclock bus streams` changes it with the operator's account.
    """
    for service in SERVICES:
        config = stream_config(service, replicas=replicas)
        try:
            await jetstream.add_stream(config)
        except nats.js.errors.BadRequestError:
            await _bring_up_to_date(jetstream, config)


async def _bring_up_to_date(jetstream: JetStreamContext, config: StreamConfig) -> None:
    try:
        await jetstream.update_stream(config)
    except TimeoutError:
        reason = "the operator has to: dutyclock bus streams"
        log.warning("stream left as it is", action="ensure-streams", stream=config.name, reason=reason)


def consumer_config(durable: str, subjects: list[str]) -> ConsumerConfig:
    """Return the durable place of a service in a stream, shared by all its processes.

    Its delivery subject follows from its name: processes that create it at the same moment agree, and one
    that is made anew (after a loss of the store) reaches those who have been listening all the time.
    """
    return ConsumerConfig(
        durable_name=durable,
        deliver_group=durable,
        deliver_subject=f"deliver.{durable}",
        filter_subject=subjects[0] if len(subjects) == 1 else None,
        filter_subjects=subjects if len(subjects) > 1 else None,
        ack_wait=ACK_WAIT_SECONDS,
        max_ack_pending=2 * WORKERS,
        max_deliver=-1,
    )


async def ensure_consumers(
    jetstream: JetStreamContext, consumers: Iterable[tuple[str, ConsumerConfig]]
) -> None:
    """Create the consumers (stream, configuration), or bring them to the present configuration.

    One that was made with what cannot be changed any more is left as it is.
    """
    for stream, config in consumers:
        try:
            await jetstream.add_consumer(stream, config)
        except (nats.js.errors.BadRequestError, nats.js.errors.ServerError) as error:
            if error.code == 500 and error.err_code != CANNOT_BE_UPDATED:
                raise
            log.warning(
                "consumer left as it is",
                action="ensure-consumers",
                consumer=config.durable_name,
                reason=error.description,
            )


class SturdyClient(Client):
    """A connection that no message ends.

    The library's own stops reading for good at a subject or a status line that is no UTF-8, which the server
    lets pass: one such message in a stream would silence every consumer of it. It knows which messages have
    come and were not answered yet, from the moment when they are read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.in_hand = MessagesInHand()

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Any:
        readable = subject.decode("utf-8", "backslashreplace").encode()
        message = super()._build_message(sid, readable, reply, data, headers)
        self.in_hand.take(message.reply)
        return message

    async def publish(
        self, subject: str, payload: bytes = b"", reply: str = "", headers: dict[str, str] | None = None
    ) -> None:
        await super().publish(subject, payload, reply, headers)
        self.in_hand.answer(subject, payload)

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        try:
            return await super()._process_headers(headers)
        except (ValueError, IndexError) as error:
            await _note_error(error)
            return None


async def open_client(options: dict[str, Any]) -> SturdyClient:
    """Connect as `options` say (those of nats-py); raises Unavailable when nobody answers within 5 seconds.

    Once connected it reconnects for ever.
    """
    client = SturdyClient()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await client.connect(**options)
    except (nats.errors.Error, OSError, TimeoutError) as error:
        await client.close()
        raise Unavailable("The bus does not answer.") from error
    return client


def client_options(address: Address, name: str) -> dict[str, Any]:
    """Return what every connection of ours is opened with."""
    return {
        **as_bus_address(address).options(),
        "name": name,
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.5,
        "connect_timeout": 3,
        "ping_interval": 10,
        "max_outstanding_pings": 3,
        "drain_timeout": 5,
        "error_cb": _note_error,
    }


async def connect(address: Address, name: str) -> SturdyClient:
    """Connect to NATS and stay connected: reconnects for ever, half a second apart.

    Raises Unavailable when nobody answers the first time.
    """
    return await open_client(client_options(address, name))


async def _note_error(error: Exception) -> None:
    log.warning("bus connection", action="nats-connection", reason=type(error).__name__)


def current_event_id(broker: NatsBroker) -> UUID:
    """Return the id of the CloudEvent that the calling handler is handling.

    A handler that asked for the message as a parameter would wait for it: FastStream looks such parameters
    up in a thread of their own, message by message (0.1 ms of processor each, and a switch of threads).
    """
    message: StreamMessage[Any] = broker.context.get_local("message")
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

    The handler takes the event (typed) and asks `current_event_id` when it needs the event's id. Several
    processes of a service share one durable consumer. A handler may be called twice for one event.
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
        config=consumer_config(durable, subjects),
        max_workers=WORKERS,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        decoder=_decode(events[0] if len(events) == 1 else None),
        title=f"{service}: {consumer}",
    )
