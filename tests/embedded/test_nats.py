"""The embedded NATS: what it acknowledged is on disk, and a service cannot speak for another."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import nats
import nats.errors
import psutil
import pytest

from dutyclock.embedded.nats import EmbeddedNats
from dutyclock.services import SERVICES
from dutyclock.terminal import CannotStart
from shared.contracts import EVENTS
from shared.jetstream import DAY_SECONDS, ensure_streams, stream_config
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


OF_THE_OPERATOR = [
    *(
        "$JS.API.STREAM.DELETE.{stream}",
        "$JS.API.STREAM.PURGE.{stream}",
        "$JS.API.STREAM.MSG.DELETE.{stream}",
    ),
    *("$JS.API.STREAM.SNAPSHOT.{stream}", "$JS.API.STREAM.RESTORE.{stream}"),
    *("$JS.API.STREAM.LEADER.STEPDOWN.{stream}", "$JS.API.STREAM.PEER.REMOVE.{stream}"),
    *("$JS.API.STREAM.UPDATE.{stream}", "$JS.API.STREAM.CREATE.NOT-{stream}"),
    *("$JS.API.CONSUMER.PAUSE.{stream}.reporting-open-cases",),
]
"""What is left to the administrator, in one's own stream too."""


async def test_no_service_speaks_for_another_in_any_of_its_subjects(bus: EmbeddedNats) -> None:
    """Tried by every service in the subject of every event that another one publishes."""
    for service in SERVICES:
        subjects = [f"{type_}.50.0104.102.001" for type_ in EVENTS if type_.partition(".")[0] != service] + [
            f"{other}.no-such-event" for other in SERVICES if other != service
        ]
        assert {subject.partition(".")[0] for subject in subjects} == set(SERVICES) - {service}
        assert await refusals(bus, service, subjects) == set(subjects)
    client = await nats.connect(bus.url)
    try:
        for service in SERVICES:
            assert (await client.jetstream().stream_info(service.upper())).state.messages == 0, service
    finally:
        await client.close()


async def test_no_service_destroys_saves_or_replaces_a_stream(bus: EmbeddedNats) -> None:
    subjects = [one.format(stream=service.upper()) for one in OF_THE_OPERATOR for service in SERVICES]
    assert await refusals(bus, "testing", subjects) == set(subjects)


async def test_a_service_lets_go_of_nobodys_place_in_anothers_stream(bus: EmbeddedNats) -> None:
    subjects = [f"$JS.API.CONSUMER.DELETE.{other.upper()}.reporting-open-cases" for other in SERVICES]
    assert await refusals(bus, "registration", subjects[1:]) == set(subjects[1:])


async def test_a_service_finds_the_streams_and_leaves_one_that_is_otherwise_to_the_operator(
    bus: EmbeddedNats,
) -> None:
    """As after an update that keeps streams longer: it goes on, and the operator's command changes them."""
    errors: asyncio.Queue[Exception] = asyncio.Queue()
    service = await nats.connect(bus.url_for("testing"), error_cb=errors.put)
    operator = await nats.connect(bus.url)
    try:
        await ensure_streams(service.jetstream())
        assert errors.empty(), "nothing to be changed, nothing asked"
        former = replace(stream_config("alerts"), max_age=DAY_SECONDS)
        await operator.jetstream().update_stream(former)
        await ensure_streams(service.jetstream(timeout=1))
        assert "stream.update.alerts" in str(await asyncio.wait_for(errors.get(), 30)).lower()
        assert (await operator.jetstream().stream_info("ALERTS")).config.max_age == DAY_SECONDS
        await ensure_streams(operator.jetstream())
        assert (await operator.jetstream().stream_info("ALERTS")).config.max_age == 90 * DAY_SECONDS
    finally:
        await service.close()
        await operator.close()


async def refusals(bus: EmbeddedNats, service: str, subjects: Sequence[str]) -> set[str]:
    """Publish to each subject with a service's account; those that the server refused."""
    refused: set[str] = set()

    async def note(error: Exception) -> None:
        found = re.search(r'permissions violation for publish to "([^"]+)"', str(error), re.IGNORECASE)
        assert found is not None, error
        refused.add(found[1])

    client = await nats.connect(bus.url_for(service), error_cb=note)
    lower = {subject.lower(): subject for subject in subjects}
    try:
        for subject in subjects:
            await client.publish(subject, b"not its own")
        await client.flush()
        await until(lambda: len(refused) >= len(subjects), what="a refusal of each")
    finally:
        await client.close()
    return {lower.get(subject.lower(), subject) for subject in refused}


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
