"""The bus is saved and put back with all that was published, and consumers read again what may be missing."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig
from typer.testing import CliRunner

from dutyclock import bus_backups
from dutyclock.__main__ import app
from dutyclock.embedded.nats import EmbeddedNats
from dutyclock.services import SERVICES
from services.reporting.webhook_feed import DURABLE, webhook_place
from shared.jetstream import (
    DAY_SECONDS,
    consumer_config,
    ensure_consumers,
    ensure_streams,
    stream_config,
)
from tests.waiting import until

SUBJECT = "testing.sample-positive.50.0104.102.001"
PLACE = ("TESTING", consumer_config("reporting-positives", ["testing.sample-positive.*.*.*.*"]))
WEBHOOKS = ("TESTING", webhook_place())
COUNT = 1_500


@asynccontextmanager
async def a_bus(folder: Path) -> AsyncGenerator[Client]:
    server = EmbeddedNats(folder, durable=False, services=SERVICES)
    await server.start()
    client = await nats.connect(server.url)
    try:
        yield client
    finally:
        await client.close()
        await server.stop()


async def holds(client: Client, count: int) -> bool:
    return (await client.jetstream().stream_info("TESTING")).state.messages == count


async def read_all(client: Client, place: ConsumerConfig) -> list[str]:
    """Read and acknowledge as many events as were published, as a service's handlers do."""
    subscription = await client.subscribe(str(place.deliver_subject), queue=str(place.deliver_group))
    found: list[str] = []
    while len(found) < COUNT:
        message = await subscription.next_msg(timeout=30)
        found.append((message.headers or {})["Nats-Msg-Id"])
        await message.ack()
    await subscription.unsubscribe()
    return found


async def test_a_bus_is_put_back_and_its_consumers_read_again(tmp_path: Path) -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    async with a_bus(tmp_path / "first") as client:
        jetstream = client.jetstream()
        await ensure_streams(jetstream)
        await ensure_consumers(jetstream, [PLACE, WEBHOOKS])
        for number in range(COUNT):
            await client.publish(SUBJECT, b"x" * 500, headers={"Nats-Msg-Id": f"event-{number}"})
        await until(lambda: holds(client, COUNT), what="a stream with every event")
        handled = await read_all(client, PLACE[1])
        figures = await bus_backups.back_up(client, tmp_path / "backup", now=datetime.now(UTC))
        assert figures["TESTING"]["messages"] == COUNT
        assert set(figures) == {service.upper() for service in SERVICES}
        with pytest.raises(FileExistsError):
            await bus_backups.back_up(client, tmp_path / "backup", now=datetime.now(UTC))

    async with a_bus(tmp_path / "second") as client:
        await bus_backups.restore(client, tmp_path / "backup", since=since)
        jetstream = client.jetstream()
        info = await jetstream.stream_info("TESTING")
        assert info.state.messages == COUNT
        assert info.config.allow_atomic, "the stream is as it was, its configuration included"
        await ensure_streams(jetstream)
        await ensure_consumers(jetstream, [PLACE, WEBHOOKS])  # as every service does when it starts
        webhooks = await jetstream.pull_subscribe_bind(DURABLE, "TESTING")
        assert len(await webhooks.fetch(10, timeout=30)) == 10, "webhooks hear what was put back too"
        assert await read_all(client, PLACE[1]) == handled == [f"event-{number}" for number in range(COUNT)]
        with pytest.raises(bus_backups.StreamThere):
            await bus_backups.restore(client, tmp_path / "backup", since=since)


async def test_a_backup_that_is_not_whole_restores_nothing(tmp_path: Path) -> None:
    async with a_bus(tmp_path / "first") as client:
        await ensure_streams(client.jetstream())
        await client.jetstream().publish(SUBJECT, b"one")
        await bus_backups.back_up(client, tmp_path / "backup", now=datetime.now(UTC))
        for service in SERVICES:
            await client.jetstream().delete_stream(service.upper())

        snapshot = tmp_path / "backup" / "TESTING.snapshot"
        snapshot.write_bytes(snapshot.read_bytes()[:-1])
        with pytest.raises(bus_backups.UnusableBackup, match=r"TESTING\.snapshot is damaged"):
            await bus_backups.restore(client, tmp_path / "backup", since=datetime.now(UTC))
        (tmp_path / "backup" / "backup.json").write_text(json.dumps({}), "utf-8")
        with pytest.raises(bus_backups.UnusableBackup):
            await bus_backups.restore(client, tmp_path / "backup", since=datetime.now(UTC))
        assert await client.jetstream().streams_info() == []


async def test_the_operator_brings_streams_to_the_present_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_bus(tmp_path) as client:
        await ensure_streams(client.jetstream())
        await client.jetstream().update_stream(replace(stream_config("alerts"), max_age=DAY_SECONDS))
        server = client.connected_url
        assert server is not None
        monkeypatch.setenv("NATS_URL", server.geturl())
        monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:none@127.0.0.1:1/nothing")
        result = await asyncio.to_thread(CliRunner().invoke, app, ["bus", "streams"])
        assert result.exit_code == 0, result.output
        assert "ALERTS is as the present configuration says: 0 messages" in result.output
        changed = await client.jetstream().stream_info("ALERTS")
        assert changed.config.max_age == stream_config("alerts").max_age
