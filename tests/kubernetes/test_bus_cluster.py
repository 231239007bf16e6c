"""Three NATS servers from the cluster's own configuration: the leader is killed while positives flow."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats.errors
import pytest
from nats.aio.client import Client

from dutyclock.kubernetes.nats_configuration import SERVERS
from shared.jetstream import connect
from tests.builders import a_result
from tests.keys import a_key
from tests.kubernetes.bus_cluster import BusCluster, a_bus_cluster
from tests.servers import ServiceProcess
from tests.waiting import until

pytestmark = [
    pytest.mark.crash,
    pytest.mark.system,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("crash"),
    pytest.mark.requirement("direct-report"),
]

BEFORE = 40
AFTER = 100
AT_ONCE = 6


@dataclass
class Positives:
    """Sends positives, and keeps what was acknowledged: that must not be lost."""

    client: httpx.AsyncClient
    samples: dict[str, str] = field(default_factory=dict[str, str])
    answers: Counter[int] = field(default_factory=Counter[int])

    async def send(self, count: int) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        begun = len(self.samples)
        async with asyncio.TaskGroup() as group:
            for number in range(begun, begun + count):
                group.create_task(self._send_one(gate, f"CLUSTER-{number}"))

    async def _send_one(self, gate: asyncio.Semaphore, tube_code: str) -> None:
        async with gate:
            answer = await self.client.post(
                "/v1/results", json=a_result(datetime.now(UTC), tube_code=tube_code)
            )
        self.answers[answer.status_code] += 1
        assert answer.is_success, answer.text
        self.samples[tube_code] = answer.json()["sample_id"]


@asynccontextmanager
async def services_on(
    cluster: BusCluster, database_url: Callable[[str], str], folder: Path
) -> AsyncGenerator[dict[str, ServiceProcess], None]:
    """testing and reporting, told of the three servers as a pod is."""
    services = {
        name: ServiceProcess(
            name,
            {
                "DATABASE_URL": database_url(name),
                "NATS_URL": cluster.address(name).url,
                "DUTYCLOCK_NATS_CA_FILE": str(cluster.address(name).ca_file),
                "DUTYCLOCK_STREAM_REPLICAS": str(cluster.address(name).replicas),
            },
            folder / f"{name}.log",
        )
        for name in ("testing", "reporting")
    }
    try:
        await asyncio.gather(*(service.start() for service in services.values()))
        yield services
    finally:
        await asyncio.gather(*(service.stop() for service in services.values()))


async def leader_of(client: Client, stream: str) -> str:
    """The name of the server that leads a stream, once there is one."""

    async def found() -> str | None:
        try:
            info = await client.jetstream(timeout=2).stream_info(stream)
        except (nats.errors.Error, TimeoutError):
            return None
        return info.cluster.leader if info.cluster else None

    return await until(found, seconds=60, every_seconds=0.2, what=f"a leader of {stream}")


async def sample_ids(client: Client) -> Counter[str]:
    """The sample of each positive in the stream, as often as it stands there."""
    jetstream = client.jetstream(timeout=10)
    state = (await jetstream.stream_info("TESTING")).state
    found: Counter[str] = Counter()
    for sequence in range(state.first_seq, state.last_seq + 1):
        message = await jetstream.get_msg("TESTING", seq=sequence)
        if str(message.subject).startswith("testing.sample-positive."):
            found[json.loads(message.data or b"{}")["sample_id"]] += 1
    return found


async def test_nothing_is_lost_when_the_leader_is_killed_while_positives_flow(
    tmp_path: Path, database_url: str, service_database_url: Callable[[str], str]
) -> None:
    key = await a_key(database_url, "500000")
    async with (
        a_bus_cluster(tmp_path / "nats") as cluster,
        services_on(cluster, service_database_url, tmp_path) as services,
        httpx.AsyncClient(
            base_url=services["testing"].url, headers={"authorization": f"Bearer {key}"}, timeout=30
        ) as http,
    ):
        observer = await connect(cluster.address("dutyclock"), "observer")
        positives = Positives(http)
        await positives.send(BEFORE)
        leader = await leader_of(observer, "TESTING")

        flowing = asyncio.create_task(positives.send(AFTER))
        await until(lambda: len(positives.samples) > BEFORE, what="positives that flow")
        await cluster.kill(leader)
        await flowing

        assert positives.answers == {201: BEFORE + AFTER}, "a door does not wait for the bus"
        assert await leader_of(observer, "TESTING") != leader
        await every_positive_has_its_case(database_url, positives)
        once = Counter(positives.samples.values())
        assert len(once) == BEFORE + AFTER
        assert await sample_ids(observer) == once

        cluster.start(int(leader[-1]))
        await cluster.until_ready()
        await until(lambda: caught_up(observer, leader), seconds=60, every_seconds=0.5, what="three copies")
        await observer.close()


async def every_positive_has_its_case(database_url: str, positives: Positives) -> None:
    """What testing acknowledged has reached reporting over the bus, each once."""
    connection = await asyncpg.connect(database_url)
    try:

        async def all_there() -> bool:
            rows = await connection.fetch("SELECT sample_id FROM reporting.case_file")
            return sorted(str(row["sample_id"]) for row in rows) == sorted(positives.samples.values())

        await until(all_there, seconds=60, every_seconds=0.3, what="a case for each positive")
    finally:
        await connection.close()


async def caught_up(client: Client, name: str) -> bool:
    """Whether the server that came back has all of the stream again."""
    info = await client.jetstream(timeout=5).stream_info("TESTING")
    copies = {copy.name: copy.current for copy in (info.cluster.replicas if info.cluster else None) or []}
    assert info.config.num_replicas == 3
    return info.cluster is not None and (info.cluster.leader == name or copies.get(name) is True)


async def test_nobody_enters_without_a_certificate_of_the_authority_or_a_password(tmp_path: Path) -> None:
    async with a_bus_cluster(tmp_path / "nats") as cluster:
        host = f"127.0.0.1:{cluster.client_ports[0]}"
        once: dict[str, Any] = {"allow_reconnect": False, "max_reconnect_attempts": 0}
        for options in (
            {"servers": [f"tls://testing:{cluster.passwords['testing']}@{host}"]},
            cluster.address("testing").options() | {"servers": [f"tls://{host}"], "password": "guessed"},
        ):
            with pytest.raises((nats.errors.Error, OSError)):
                await nats.connect(**options, **once)
        await figures_are_for_whoever_asks_over_tls(cluster)


async def figures_are_for_whoever_asks_over_tls(cluster: BusCluster) -> None:
    """As KEDA asks: a server for its name and those of the others, then for what waits at each consumer."""
    url = cluster.monitoring_url(0)
    async with httpx.AsyncClient(timeout=10, verify=cluster.trust()) as client:
        told = (await client.get(f"{url}/varz")).json()
        figures = await client.get(f"{url}/jsz?acc=DUTYCLOCK&consumers=true&config=true")
        plain = await client.get(url.replace("https:", "http:"))
    assert told["server_name"] == "nats-0"
    assert not told.get("connect_urls"), "an address found by gossip would fit no certificate"
    assert figures.json()["meta_cluster"]["cluster_size"] == SERVERS
    assert plain.status_code == 400
    async with httpx.AsyncClient(timeout=10) as stranger:
        with pytest.raises(httpx.ConnectError):
            await stranger.get(f"{url}/varz")
