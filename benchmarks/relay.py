"""The relay, from outbox rows to JetStream's acknowledgement, against a raw atomic-batch publish."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import uvloop

from benchmarks.bodies import villages
from benchmarks.figures import Aim, Figure
from benchmarks.ground import Ground, run_program
from benchmarks.raw_publisher import encode, publish
from shared import outbox
from shared.clock import Clock
from shared.contracts import Envelope, envelop
from shared.contracts.testing import SamplePositive
from shared.jetstream import connect, ensure_streams
from shared.postgres import Database
from shared.relay import Relay
from shared.vocabulary import Method

EVENTS = 50_000
ROUNDS = 3


async def measure(ground: Ground) -> list[Figure]:
    """Alternate the raw publish and the relay, each with as many messages of the same kind."""
    client = await connect(ground.nats.url, "bench")
    await ensure_streams(client.jetstream())
    await client.close()
    rates: list[float] = []
    limits: list[float] = []
    for _ in range(ROUNDS):
        raw = encode(_events(EVENTS))
        limits.append(await asyncio.to_thread(publish, ground.nats.url, raw))
        await _fill(ground, _events(EVENTS))
        order = json.dumps([ground.database_urls["testing"], ground.nats_url("testing"), EVENTS])
        rates.append(float(await run_program(sys.executable, "-m", "benchmarks.relay", order)))
    await ground.empty("testing.outbox")
    return [
        Figure(
            "relay, outbox to bus",
            "events/s",
            rates,
            "raw atomic batches of 1,000, encoded beforehand",
            limits,
            Aim("ratio at least", 0.7),
        )
    ]


def _events(how_many: int) -> Sequence[Envelope]:
    places = villages()
    now = Clock().now().astimezone(UTC)
    return [_event(places[number % len(places)], number, now) for number in range(how_many)]


def _event(division: str, number: int, now: datetime) -> Envelope:
    event = SamplePositive(
        division=division,
        occurred_at=now,
        recorded_at=now,
        sample_id=uuid4(),
        tube_code=f"R{number:09d}",
        institution="500104-cdc",
        method=Method.PCR,
        sampled_at=now,
    )
    return envelop(event)


async def _fill(ground: Ground, events: Sequence[Envelope]) -> None:
    database = await Database.open(ground.admin_url, "testing", size=2)
    try:
        for start in range(0, len(events), 1000):
            async with database.transaction() as connection:
                await outbox.put(connection, events[start : start + 1000], now=Clock().now())
        async with database.connection() as connection:
            await connection.execute("VACUUM ANALYZE outbox")
            await connection.execute("CHECKPOINT")
    finally:
        await database.close()


async def relay_all(database_url: str, nats_url: str, events: int) -> float:
    """Run the relay as a service does until the outbox is empty and return events per second."""
    database = await Database.open(database_url, "testing")
    client = await connect(nats_url, "bench-relay")
    relay = Relay(database, client.jetstream())
    started = time.perf_counter()
    await relay.drain()
    seconds = time.perf_counter() - started
    await client.close()
    await database.close()
    return events / seconds


def main() -> None:
    """Relay in a process of its own, on the event loop that services run on."""
    database_url, nats_url, events = json.loads(sys.argv[1])
    print(uvloop.run(relay_all(database_url, nats_url, int(events))))


if __name__ == "__main__":
    main()
