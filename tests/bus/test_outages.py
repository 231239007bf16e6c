"""NATS away, streams gone, connections cut: what is lost comes back by itself, and nothing with it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.js.api import ConsumerConfig

from dutyclock.embedded.nats import EmbeddedNats
from shared import outbox
from shared.bus import Watchfulness
from shared.contracts import envelop
from shared.errors import Unavailable
from shared.jetstream import connect, ensure_streams
from shared.postgres import Database
from shared.relay import Relay
from tests.bus.post import CONSUMER, NOW, STREAM, Post, a_positive, listening
from tests.waiting import until

WAITING = "SELECT count(*) FROM outbox"


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    """A NATS of the test's own, to be stopped and started."""
    server = EmbeddedNats(tmp_path, durable=False)
    await server.start()
    yield server
    await server.stop()


async def until_away(post: Post) -> None:
    async def away() -> bool:
        try:
            await post.bus.check()
        except Unavailable:
            return True
        return False

    await until(away, what="the bus being missed")


async def until_back(post: Post) -> None:
    async def back() -> bool:
        try:
            await post.bus.check()
        except Unavailable:
            return False
        return True

    await until(back, seconds=20, what="the bus being back")


async def until_heard(post: Post, count: int, seconds: float = 20) -> None:
    await until(lambda: len(set(post.handled)) >= count, seconds=seconds, what=f"{count} events handled")


async def test_handlers_come_back_after_a_restart_of_the_server(bus: EmbeddedNats, database_url: str) -> None:
    async with listening(bus.url, database_url) as post:
        await post.say(a_positive())
        await until_heard(post, 1)
        for round_ in range(2, 5):
            await bus.kill()
            await until_away(post)
            await bus.start()
            await until_back(post)
            await until(lambda: post.client is not None and post.client.is_connected)
            await post.say(a_positive())
            await until_heard(post, round_)
            await post.until_quiet()


async def test_a_server_that_hangs_is_left_and_found_again(bus: EmbeddedNats, database_url: str) -> None:
    """Its connections stand and say nothing: nobody but us notices that before the pings run out."""
    attentive = Watchfulness(look_seconds=0.1, answer_seconds=0.3, most_silent_looks=2)
    async with listening(bus.url, database_url, watchfulness=attentive) as post:
        await post.say(a_positive())
        await until_heard(post, 1)
        os.kill(bus.child.pid, signal.SIGSTOP)
        try:
            await until(lambda: post.bus.relay is None, seconds=30, what="the connections being given up")
        finally:
            os.kill(bus.child.pid, signal.SIGCONT)
        await until_back(post)
        await until(lambda: post.client is not None and post.client.is_connected)
        await post.say(a_positive())
        await until_heard(post, 2)


async def test_a_service_that_starts_without_a_bus_finds_it_later(tmp_path: Path, database_url: str) -> None:
    bus = EmbeddedNats(tmp_path, durable=False)
    await bus.start()
    await bus.stop()
    async with listening(bus.url, database_url, wait=False) as post:
        with pytest.raises(Unavailable):
            await post.bus.check()
        await bus.start()
        try:
            await post.connect(bus.url)
            await post.say(a_positive())
            await until_heard(post, 1)
        finally:
            await bus.stop()


async def test_the_outbox_fills_while_the_bus_is_away_and_drains_after(
    bus: EmbeddedNats, database_url: str
) -> None:
    async with listening(bus.url, database_url) as post:
        await bus.stop()
        await until_away(post)
        events = [envelop(a_positive(tube_code=f"P-{number}")) for number in range(500)]
        database = await Database.open(database_url, "testing", size=2)
        async with database.transaction() as connection:
            await outbox.put(connection, events, now=NOW)
            assert await connection.fetchval(WAITING) == 500
        await bus.start()
        await until_back(post)
        assert post.client is not None
        await until(lambda: post.client is not None and post.client.is_connected)
        relay = Relay(database, post.jetstream)
        running = asyncio.create_task(relay.run())
        await until_heard(post, 500)
        await relay.stop()
        await running
        async with database.connection() as connection:
            assert await connection.fetchval(WAITING) == 0
        assert len(post.handled) == 500
        await database.close()


async def test_streams_that_are_gone_are_made_anew_and_read(nats_url: str, database_url: str) -> None:
    async with listening(nats_url, database_url) as post:
        await post.say(a_positive())
        await until_heard(post, 1)
        for round_ in (2, 3):
            for stream in ("REGISTRATION", "TESTING", "ALERTS", "REPORTING"):
                await post.jetstream.delete_stream(stream)

            async def there() -> bool:
                try:
                    await post.jetstream.consumer_info(STREAM, CONSUMER)
                except Exception:
                    return False
                return True

            await until(there, what="the streams and the consumer")
            await post.say(a_positive())
            await until_heard(post, round_)


async def test_a_consumer_that_is_gone_is_made_anew(nats_url: str, database_url: str) -> None:
    async with listening(nats_url, database_url) as post:
        await post.jetstream.delete_consumer(STREAM, CONSUMER)
        await post.say(a_positive())
        await until_heard(post, 1)


async def test_a_store_that_was_lost_whole_is_made_anew(tmp_path: Path, database_url: str) -> None:
    first = EmbeddedNats(tmp_path, durable=False)
    await first.start()
    async with listening(first.url, database_url) as post:
        await post.say(a_positive())
        await until_heard(post, 1)
        await first.kill()
        (tmp_path / "nats").rename(tmp_path / "lost")
        await first.start()
        try:
            await until_back(post)

            async def said() -> bool:
                try:
                    await post.say(a_positive())
                except Exception:
                    return False
                return True

            await until(said, seconds=20, what="a stream to publish to")
            await until_heard(post, 2)
        finally:
            await first.stop()


@pytest.mark.parametrize("which", ["handlers", "relay"])
async def test_a_connection_that_was_closed_for_good_is_made_anew(
    nats_url: str, database_url: str, which: str
) -> None:
    """The client library gives up for ever at some errors of the server."""
    async with listening(nats_url, database_url) as post:
        client = post.bus.client if which == "relay" else post.bus.broker.client
        assert client is not None
        await client.close()
        await until_back(post)
        await post.say(a_positive())
        await until_heard(post, 1)


async def test_two_processes_that_start_at_once_share_one_consumer(nats_url: str, database_url: str) -> None:
    async with (
        listening(nats_url, database_url, wait=False) as one,
        listening(nats_url, database_url, wait=False) as other,
    ):
        await asyncio.gather(one.connect(nats_url), other.connect(nats_url))
        await one.say(*(a_positive(tube_code=f"P-{number}") for number in range(200)))
        await until(lambda: len(one.handled) + len(other.handled) == 200)
        await one.until_quiet()
        assert len({*one.handled, *other.handled}) == 200
        assert one.handled, "the work is shared"
        assert other.handled, "the work is shared"


async def test_a_consumer_of_an_older_configuration_is_brought_up_to_date(
    nats_url: str, database_url: str
) -> None:
    client = await connect(nats_url, "older")
    jetstream = client.jetstream()
    await ensure_streams(jetstream)
    await jetstream.add_consumer(
        STREAM,
        ConsumerConfig(
            durable_name=CONSUMER,
            deliver_group=CONSUMER,
            deliver_subject=client.new_inbox(),
            filter_subject="testing.sample-positive.*.*.*.*",
            ack_wait=60,
            max_ack_pending=7,
        ),
    )
    await client.close()
    async with listening(nats_url, database_url) as post:
        await post.say(a_positive())
        await until_heard(post, 1)
        config = (await post.jetstream.consumer_info(STREAM, CONSUMER)).config
        assert config.max_ack_pending == 1000
