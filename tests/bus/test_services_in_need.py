"""Services without their servers, and services that are told to end: what was acknowledged is there."""

import asyncio
import secrets
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats
import pytest
from nats.js.api import ConsumerInfo

from dutyclock.embedded.nats import EmbeddedNats
from dutyclock.embedded.postgres import EmbeddedPostgres
from dutyclock.provision import provision
from dutyclock.services import PROCESSES
from shared.contracts import envelop
from tests.builders import a_result
from tests.bus.post import a_positive
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(180), pytest.mark.xdist_group("crash")]

UNSENT = "SELECT (SELECT count(*) FROM testing.outbox) + (SELECT count(*) FROM reporting.outbox)"


@dataclass
class Pair:
    """Testing, which publishes, and reporting, which handles, on servers that the test may take away."""

    postgres: EmbeddedPostgres
    nats: EmbeddedNats
    testing: ServiceProcess
    reporting: ServiceProcess
    client: httpx.AsyncClient

    async def send(self, **changes: Any) -> httpx.Response:
        return await self.client.post("/v1/results", json=a_result(datetime.now(UTC), **changes))

    async def number(self, query: str) -> int:
        connection = await asyncpg.connect(self.postgres.url)
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close()

    async def until_cases(self, count: int, seconds: float = 30) -> None:
        async def enough() -> bool:
            return await self.number("SELECT count(*) FROM reporting.case_file") >= count

        await until(enough, seconds=seconds, every_seconds=0.1, what=f"{count} cases")

    async def unanswered(self) -> int:
        """Messages that nobody has acknowledged at the consumer that opens cases."""
        info = await self._consumer()
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def _consumer(self) -> ConsumerInfo:
        client = await nats.connect(self.nats.url)
        try:
            return await client.jetstream().consumer_info("TESTING", "reporting-open-cases")
        finally:
            await client.close()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    postgres, bus = EmbeddedPostgres(tmp_path, durable=False), EmbeddedNats(tmp_path, durable=False)
    services: list[ServiceProcess] = []
    try:
        await asyncio.gather(postgres.start(), bus.start())
        urls = await provision(postgres.url, {name: secrets.token_urlsafe(12) for name in PROCESSES})
        for name in ("testing", "reporting"):
            surroundings = {"DATABASE_URL": urls[name], "NATS_URL": bus.url}
            services.append(ServiceProcess(name, surroundings, tmp_path / "logs" / f"{name}.log"))
        await asyncio.gather(*(service.start() for service in services))
        key = await a_key(postgres.url, "500000")
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=services[0].url, headers=headers, timeout=20) as client:
            yield Pair(postgres, bus, services[0], services[1], client)
    finally:
        await asyncio.gather(*(service.stop() for service in services))
        await asyncio.gather(bus.stop(), postgres.stop())


async def test_http_goes_on_without_the_bus_and_the_outbox_drains_after(pair: Pair) -> None:
    await pair.nats.stop()
    answers = await asyncio.gather(*(pair.send() for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert await pair.number("SELECT count(*) FROM testing.outbox") == 50
    ready = await pair.client.get("/ready")
    assert ready.status_code == 503
    assert [problem["field"] for problem in ready.json()["problems"]] == ["bus"]
    assert (await pair.client.get("/health")).status_code == 200
    await pair.nats.start()
    await pair.until_cases(50)
    await pair.testing.until_ready()

    async def empty() -> bool:
        return await pair.number("SELECT count(*) FROM testing.outbox") == 0

    await until(empty)
    figures = (await pair.client.get("/metrics")).text
    relayed = float(figures.partition("\ndutyclock_outbox_relayed_total ")[2].partition("\n")[0])
    assert 50 <= relayed <= 100, "each positive, and the order of sequencing that follows from it"


async def test_without_a_database_callers_are_asked_to_wait_and_messages_do(pair: Pair) -> None:
    assert (await pair.send()).status_code == 201
    await pair.until_cases(1)
    await pair.postgres.stop()
    refused = await asyncio.gather(*(pair.send() for _ in range(20)))
    assert {answer.status_code for answer in refused} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in refused)

    # What comes over the bus meanwhile is not acknowledged: nobody could store it.
    client = await nats.connect(pair.nats.url)
    jetstream = client.jetstream()
    for number in range(30):
        envelope = envelop(a_positive(tube_code=f"W-{number}"))
        await jetstream.publish(envelope.nats_subject(), envelope.data, headers=envelope.headers())
    poison = {"ce-specversion": "1.0", "ce-type": "testing.guess", "ce-id": "1"}
    await jetstream.publish("testing.sample-positive.50.0104.102.001", b"{}", headers=poison)
    await client.close()

    async def tried() -> bool:
        return pair.reporting.output().count("message will be delivered again") >= 31

    await until(tried, seconds=20, what="every message tried in vain")
    assert await pair.unanswered() == 31
    await pair.postgres.start()
    await pair.until_cases(31)

    async def put_aside() -> bool:
        return await pair.number("SELECT count(*) FROM reporting.dead_letter") == 1

    await until(put_aside, seconds=20)

    async def answered() -> bool:
        return await pair.unanswered() == 0

    await until(answered, seconds=30, what="every message answered")
    assert (await pair.send()).status_code == 201


async def test_services_told_to_end_under_load_lose_nothing(pair: Pair) -> None:
    acknowledged: list[str] = []
    ended = asyncio.Event()

    async def send_until_the_end(sender: int) -> None:
        number = 0
        while not ended.is_set():
            number += 1
            with suppress(httpx.TransportError):
                answer = await pair.send(tube_code=f"E-{sender}-{number}")
                if answer.is_success:
                    acknowledged.append(answer.json()["sample_id"])
                    continue
            await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as senders:
        for sender in range(16):
            senders.create_task(send_until_the_end(sender))
        for _ in range(3):
            goal = len(acknowledged) + 300
            await until(lambda goal=goal: len(acknowledged) >= goal, seconds=60, what="load")
            codes = await asyncio.gather(pair.testing.stop(), pair.reporting.stop())
            assert set(codes) <= {0, -signal.SIGTERM}, "they end by themselves, nobody had to kill them"
            assert await pair.number(UNSENT) == 0, "nothing is left in an outbox"
            await asyncio.gather(pair.testing.start(), pair.reporting.start())
        ended.set()
    stored = await pair.number("SELECT count(*) FROM testing.sample_result")
    assert stored >= len(acknowledged)
    assert max(Counter(acknowledged).values()) == 1
    await pair.until_cases(stored)
    assert await pair.number("SELECT count(*) FROM reporting.case_file") == stored
    assert await pair.number("SELECT count(*) FROM reporting.dead_letter") == 0
