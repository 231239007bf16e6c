"""A listening post: a service's side of the bus with a handler that a test gives it, on real servers."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from faststream.nats import NatsMessage
from nats.aio.client import Client
from nats.js import JetStreamContext
from prometheus_client import CollectorRegistry

from shared.broker import open_broker
from shared.bus import Bus, Watchfulness
from shared.bus_metrics import BusMetrics
from shared.clock import Clock
from shared.contracts import Envelope, envelop
from shared.contracts.testing import SamplePositive
from shared.jetstream import connect, subscribe
from shared.postgres import Database
from shared.refusals import Patience
from shared.vocabulary import Method
from tests.builders import A_VILLAGE
from tests.waiting import until

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
STREAM, CONSUMER = "TESTING", "reporting-post"
SUBJECT = "testing.sample-positive.50.0104.102.001"
QUICK = Patience(
    most_failures=4,
    first_delay_seconds=0.02,
    longest_delay_seconds=0.2,
    longest_absence_delay_seconds=0.2,
)

Handle = Callable[[SamplePositive, int], Awaitable[None]]


def a_positive(**changes: Any) -> SamplePositive:
    facts: dict[str, Any] = {
        "division": A_VILLAGE,
        "occurred_at": NOW,
        "recorded_at": NOW,
        "sample_id": uuid4(),
        "tube_code": "P-1",
        "institution": "500104-cdc",
        "method": Method.PCR,
        "sampled_at": NOW,
    }
    return SamplePositive(**{**facts, **changes})


@dataclass
class Call:
    """One call of the handler."""

    sample_id: UUID
    delivery: int
    at: float


@dataclass
class Post:
    """What was heard, and the parts behind it."""

    bus: Bus
    database: Database
    client: Client | None = None
    calls: list[Call] = field(default_factory=list[Call])
    handled: list[UUID] = field(default_factory=list[UUID])

    @property
    def jetstream(self) -> JetStreamContext:
        """The test's own connection."""
        assert self.client is not None, "the bus was away at the start: call `connect`"
        return self.client.jetstream()

    async def connect(self, url: str) -> None:
        """Wait for the bus and connect the test to it."""
        await until(lambda: self.bus.relay is not None, what="the bus")
        self.client = await connect(url, "test")

    async def publish(self, envelope: Envelope) -> None:
        await self.jetstream.publish(envelope.nats_subject(), envelope.data, headers=envelope.headers())

    async def say(self, *positives: SamplePositive) -> None:
        for positive in positives:
            await self.publish(envelop(positive))

    async def publish_raw(self, headers: Mapping[str, str] | None, body: bytes) -> None:
        await self.jetstream.publish(SUBJECT, body, headers=dict(headers) if headers else None)

    async def dead_letters(self) -> list[dict[str, Any]]:
        async with self.database.connection() as connection:
            return [dict(row) for row in await connection.fetch("SELECT * FROM dead_letter ORDER BY id")]

    async def until_dead(self, number: int) -> list[dict[str, Any]]:
        async def enough() -> list[dict[str, Any]] | None:
            rows = await self.dead_letters()
            return rows if len(rows) >= number else None

        return await until(enough, seconds=20, what=f"{number} dead letters")

    async def until_quiet(self) -> None:
        """Wait until every message has been answered."""

        async def quiet() -> bool:
            info = await self.jetstream.consumer_info(STREAM, CONSUMER)
            return not info.num_pending and not info.num_ack_pending

        await until(quiet, seconds=20, what="every message answered")


async def _content(_: SamplePositive, __: int) -> None:
    """Handle everything."""


@asynccontextmanager
async def listening(
    url: str,
    database_url: str,
    handle: Handle = _content,
    *,
    patience: Patience = QUICK,
    wait: bool = True,
    watchfulness: Watchfulness | None = None,
) -> AsyncGenerator[Post, None]:
    """Listen as the reporting service does, until the block ends."""
    clock, metrics = Clock(), BusMetrics(CollectorRegistry())
    database = await Database.open(database_url, "reporting")
    broker = open_broker(url, "reporting", database, clock, metrics, patience)
    bus = Bus(url, "reporting", database, broker, clock, metrics, watchfulness)
    post = Post(bus, database)

    @subscribe(broker, "reporting", SamplePositive, consumer="post")
    async def listen(event: SamplePositive, message: NatsMessage) -> None:
        delivery = message.raw_message.metadata.num_delivered or 0
        post.calls.append(Call(event.sample_id, delivery, time.monotonic()))
        await handle(event, delivery)
        post.handled.append(event.sample_id)

    del listen
    bus.start()
    try:
        if wait:
            await post.connect(url)
        yield post
    finally:
        await bus.stop()
        if post.client is not None:
            await post.client.close()
        await database.close()
