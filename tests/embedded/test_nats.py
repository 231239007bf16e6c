"""The embedded NATS: what it acknowledged is on disk, and a service cannot speak for another."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import nats.errors
import psutil
import pytest

from dutyclock.embedded.nats import EmbeddedNats
from dutyclock.services import SERVICES
from dutyclock.terminal import CannotStart
from shared.jetstream import ensure_streams
from tests.embedded.orphans import start_and_be_killed
from tests.waiting import until

SUBJECT = "testing.sample-positive.50.0104.102.001"


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    """A durable server with a user for each service and the four streams."""
    server = EmbeddedNats(tmp_path, services=SERVICES)
    await server.start()
    client = await nats.connect(server.url)
    await ensure_streams(client.jetstream())
    await client.close()
    yield server
    await server.stop()


async def test_what_it_acknowledged_survives_kill_9(bus: EmbeddedNats) -> None:
    client = await nats.connect(bus.url)
    for number in range(50):
        await client.jetstream().publish(SUBJECT, str(number).encode())
    await client.close()
    url = bus.url
    await bus.kill()
    await bus.start()
    assert bus.url == url, "clients that reconnect must find it"
    client = await nats.connect(url)
    try:
        state = (await client.jetstream().stream_info("TESTING")).state
    finally:
        await client.close()
    assert state.messages == 50


async def test_it_flushes_before_it_acknowledges(bus: EmbeddedNats, tmp_path: Path) -> None:
    assert '"sync_interval": "always"' in (tmp_path / "nats.conf").read_text()
    assert (tmp_path / "nats.conf").stat().st_mode & 0o077 == 0


async def test_nobody_enters_without_a_password(bus: EmbeddedNats) -> None:
    for url in (f"nats://127.0.0.1:{bus.port}", f"nats://testing:guessed@127.0.0.1:{bus.port}"):
        with pytest.raises((nats.errors.Error, nats.errors.NoServersError)):
            await nats.connect(url, allow_reconnect=False, max_reconnect_attempts=0)


async def test_a_service_publishes_its_own_events_only(bus: EmbeddedNats) -> None:
    refused: asyncio.Queue[Exception] = asyncio.Queue()
    client = await nats.connect(bus.url_for("testing"), error_cb=refused.put)
    try:
        jetstream = client.jetstream()
        assert (await jetstream.publish(SUBJECT, b"own")).seq == 1
        await client.publish("alerts.clock-met.50.0104.102.001", b"not its own")
        assert "permissions violation" in str(await asyncio.wait_for(refused.get(), 5)).lower()
        await client.publish("$JS.API.STREAM.DELETE.ALERTS", b"")
        assert "permissions violation" in str(await asyncio.wait_for(refused.get(), 5)).lower()
        assert (await jetstream.stream_info("ALERTS")).state.messages == 0
    finally:
        await client.close()


async def test_a_demanded_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} of NATS is already in use"):
            await EmbeddedNats(tmp_path, port=port).start()


async def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    pid = start_and_be_killed("dutyclock.embedded.nats:EmbeddedNats", tmp_path)
    await until(lambda: not psutil.pid_exists(pid), what="the end of NATS")
