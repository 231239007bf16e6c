"""Event door of webhooks: reads the events of all four services, as they are, and keeps whom to tell.

It reads by pull, up to 500 at a time and once a second at the least: nobody waits for a webhook as for a
page, and an event that no webhook wants costs next to nothing. An event is acknowledged once its deliveries
are on record.
"""

import asyncio
import contextlib
import json
from datetime import datetime
from functools import partial

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from services.reporting.actions.queue_webhook_deliveries import Announced, Published, queue_webhook_deliveries
from shared.broker import AWAY
from shared.bus_address import Address, as_bus_address
from shared.clock import Clock
from shared.contracts import EVENTS, ContractViolation, open_envelope
from shared.event_stream import as_server_sent
from shared.jetstream import SERVICES, connect, ensure_consumers, ensure_streams, stream_of
from shared.postgres import Database

log = structlog.get_logger()

DURABLE = "reporting-webhooks"
TOGETHER = 500
WAIT_SECONDS = 1.0
REST_SECONDS = 1.0


class WebhookFeed:
    """Reads every stream for ever; several processes share one durable place in each."""

    def __init__(self, address: Address, database: Database, clock: Clock) -> None:
        """`clock` is real time: a webhook hears what is published after it was made."""
        self._address = as_bus_address(address)
        self._database = database
        self._clock = clock
        self._ending = False

    async def run(self) -> None:
        """Read until cancelled; a bus or database that is away is tried again."""
        reading = asyncio.create_task(self._read_for_ever())
        try:
            await asyncio.wait([reading])
        finally:
            # A wait inside the library may swallow a cancellation, and a task group passes on only the first.
            self._ending = True
            while not reading.done():
                reading.cancel()
                await asyncio.wait([reading], timeout=1)

    async def _read_for_ever(self) -> None:
        while not self._ending:
            try:
                await self._read_all()
            except* AWAY as errors:
                log.warning("webhooks wait", action="read-events", reason=type(errors.exceptions[0]).__name__)
            except* Exception as errors:
                log.error("webhooks wait", action="read-events", reason=repr(errors.exceptions[0]))
            await asyncio.sleep(REST_SECONDS)

    async def _read_all(self) -> None:
        client = await connect(self._address, DURABLE)
        try:
            jetstream = client.jetstream()
            await ensure_streams(jetstream, replicas=self._address.replicas)
            async with asyncio.TaskGroup() as group:
                for service in SERVICES:
                    group.create_task(self._read(jetstream, stream_of(service)))
        finally:
            with contextlib.suppress(*AWAY):
                await client.close()

    async def _read(self, jetstream: JetStreamContext, stream: str) -> None:
        await ensure_consumers(jetstream, [(stream, webhook_place())])
        place = await jetstream.pull_subscribe_bind(DURABLE, stream)
        while not self._ending:
            try:
                messages = await place.fetch(TOGETHER, timeout=WAIT_SECONDS)
            except (TimeoutError, nats.errors.TimeoutError):
                continue
            events = [_announced(message) for message in messages]
            await queue_webhook_deliveries(self._database, events, now=self._clock.now())
            for message in messages:
                await message.ack()


def webhook_place() -> ConsumerConfig:
    """Return the durable place of webhooks in a stream, from which any process takes the next events.

    From the stream's beginning: what was published before a webhook was made is passed over by its time,
    and nothing is missed that is published while this place is being made.
    """
    return ConsumerConfig(
        durable_name=DURABLE,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=30,
        max_deliver=-1,
        max_ack_pending=10 * TOGETHER,
    )


def _announced(message: Msg) -> Announced:
    headers = message.headers or {}
    published_at: datetime = message.metadata.timestamp
    return Announced(
        headers.get("ce-type", ""),
        headers.get("ce-division", ""),
        published_at,
        partial(_opened, message, published_at),
    )


def _opened(message: Msg, published_at: datetime) -> Published | None:
    """What keeps its contract; the handlers of each service put aside what does not."""
    try:
        envelope, _ = open_envelope(message.headers or {}, message.data, EVENTS)
    except ContractViolation:
        return None
    body = _body(message, published_at)
    return Published(str(envelope.id), envelope.type, envelope.division, published_at, body)


def _body(message: Msg, published_at: datetime) -> bytes:
    """The event as a CloudEvent, with the `timestamp` that Standard Webhooks ask for beside its `time`."""
    document = json.loads(str(as_server_sent(message).data))
    document["timestamp"] = published_at.isoformat()
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
