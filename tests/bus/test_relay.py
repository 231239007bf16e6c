"""The relay against a real PostgreSQL and a real JetStream: order, repetition, absence, two at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import nats.errors
import nats.js.errors
import pytest

from shared import outbox
from shared.atomic_batches import BATCH_SIZE, publish_batch
from shared.contracts import Envelope, envelop
from shared.contracts.testing import SampleInconclusive
from shared.jetstream import connect, stream_of
from shared.outbox import header_lines, read_headers
from shared.postgres import Database
from shared.relay import BATCH_BYTES, BATCHES_IN_A_TURN, Relay, Turn
from shared.vocabulary import Method
from tests.builders import A_VILLAGE
from tests.waiting import until

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)


@dataclass
class Desk:
    """An outbox, a bus, and a way to look at both."""

    database: Database
    jetstream: Any

    def relay(self, batch_size: int = BATCH_SIZE, batch_bytes: int = BATCH_BYTES) -> Relay:
        return Relay(self.database, self.jetstream, batch_size=batch_size, batch_bytes=batch_bytes)

    async def put(self, envelopes: Sequence[Envelope]) -> None:
        async with self.database.transaction() as connection:
            await outbox.put(connection, envelopes, now=NOW)

    async def waiting(self) -> int:
        async with self.database.connection() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM outbox"))

    async def arrived(self) -> list[UUID]:
        """The ids of the events in the stream, in its order."""
        info = await self.jetstream.stream_info(stream_of("testing"))
        messages = [
            await self.jetstream.get_msg(stream_of("testing"), seq=number, direct=False)
            for number in range(info.state.first_seq, info.state.last_seq + 1)
        ]
        return [UUID(message.headers["ce-id"]) for message in messages]


@pytest.fixture
async def desk(database_url: str, nats_url: str) -> AsyncIterator[Desk]:
    database = await Database.open(database_url, "testing")
    client = await connect(nats_url, "relay-under-test")
    yield Desk(database, client.jetstream())
    await client.close()
    await database.close()


def some_events(how_many: int) -> list[Envelope]:
    return [
        envelop(
            SampleInconclusive(
                division=A_VILLAGE,
                occurred_at=NOW,
                recorded_at=NOW,
                sample_id=uuid4(),
                tube_code=f"R-{number}",
                institution="500104-cdc",
                method=Method.PCR,
            )
        )
        for number in range(how_many)
    ]


def ids(envelopes: Sequence[Envelope]) -> list[UUID]:
    return [envelope.id for envelope in envelopes]


async def test_events_arrive_whole_and_in_order_over_several_batches(desk: Desk) -> None:
    events = some_events(50)
    await desk.put(events)
    assert await desk.relay(batch_size=7).relay_turn() == Turn(50, saw_end=True)
    assert await desk.arrived() == ids(events)
    assert await desk.waiting() == 0
    message = await desk.jetstream.get_msg(stream_of("testing"), seq=9, direct=False)
    assert message.data == events[8].data
    assert message.subject == events[8].nats_subject()
    assert events[8].headers().items() <= message.headers.items()


async def test_a_single_event_leaves_without_a_batch(desk: Desk) -> None:
    (event,) = events = some_events(1)
    await desk.put(events)
    assert await desk.relay().relay_turn() == Turn(1, saw_end=True)
    message = await desk.jetstream.get_msg(stream_of("testing"), seq=1, direct=False)
    assert message.headers == event.headers()


async def test_a_full_batch_is_as_large_as_jetstream_takes(desk: Desk) -> None:
    events = some_events(BATCH_SIZE + 1)
    await desk.put(events)
    assert await desk.relay().relay_turn() == Turn(BATCH_SIZE + 1, saw_end=True)
    info = await desk.jetstream.stream_info(stream_of("testing"))
    assert info.state.messages == BATCH_SIZE + 1


async def test_large_events_travel_in_smaller_batches(desk: Desk) -> None:
    events = some_events(30)
    await desk.put(events)
    assert await desk.relay(batch_bytes=3 * len(events[0].data)).relay_turn() == Turn(30, saw_end=True)
    assert await desk.arrived() == ids(events)
    messages = [
        await desk.jetstream.get_msg(stream_of("testing"), seq=number, direct=False)
        for number in range(1, 31)
    ]
    batches = [message.headers["Nats-Batch-Id"] for message in messages]
    assert {batches.count(batch) for batch in batches} == {3}


async def test_a_turn_ends_before_an_outbox_without_end_does(desk: Desk) -> None:
    events = some_events(BATCHES_IN_A_TURN + 3)
    await desk.put(events)
    one_by_one = desk.relay(batch_size=1)
    assert await one_by_one.relay_turn() == Turn(BATCHES_IN_A_TURN, saw_end=False)
    assert await one_by_one.relay_turn() == Turn(3, saw_end=True)
    assert await desk.arrived() == ids(events)


async def test_what_is_sent_again_after_a_crash_stands_once(desk: Desk) -> None:
    events = some_events(20)
    await desk.put(events[:10])
    await desk.relay().drain()
    await desk.put(events)  # as if the deletion of the first ten had been lost
    await desk.relay().drain()
    assert sorted(await desk.arrived(), key=str) == sorted(ids(events), key=str)
    assert await desk.waiting() == 0


async def test_a_batch_with_a_duplicate_is_refused_whole(desk: Desk) -> None:
    """Why the relay then goes row by row: error 10201, and nothing of the batch is kept."""
    first, *others = some_events(5)
    await desk.jetstream.publish(first.nats_subject(), first.data, headers=first.headers())
    await desk.put([*others[:2], first, *others[2:]])
    relay = desk.relay()
    async with desk.database.connection() as connection:
        batch = await relay._read(connection, after=0)  # pyright: ignore[reportPrivateUsage]  # as a turn does
    with pytest.raises(nats.js.errors.APIError) as refused:
        await publish_batch(desk.jetstream._nc, batch)
    assert refused.value.err_code == 10201
    assert await desk.arrived() == [first.id]
    await relay.drain()
    assert await desk.arrived() == ids([first, *others])
    assert await desk.waiting() == 0


async def test_an_event_that_stands_twice_in_the_outbox_leaves_once(desk: Desk) -> None:
    events = some_events(3)
    await desk.put([*events, events[0]])
    await desk.relay().drain()
    assert await desk.arrived() == ids(events)
    assert await desk.waiting() == 0


async def test_rows_stay_while_the_bus_refuses_them(desk: Desk) -> None:
    await desk.put(some_events(12))
    await desk.jetstream.delete_stream(stream_of("testing"))
    with pytest.raises((nats.errors.Error, nats.js.errors.Error)):
        await desk.relay(batch_size=5).relay_turn()
    assert await desk.waiting() == 12
    await desk.jetstream.add_stream(name=stream_of("testing"), subjects=["testing.>"], allow_atomic=True)
    await desk.relay().drain()
    assert await desk.waiting() == 0
    assert len(await desk.arrived()) == 12


async def test_a_stream_that_takes_no_batches_gets_rows(desk: Desk) -> None:
    await desk.jetstream.delete_stream(stream_of("testing"))
    await desk.jetstream.add_stream(name=stream_of("testing"), subjects=["testing.>"])
    events = some_events(5)
    await desk.put(events)
    await desk.relay().drain()
    assert await desk.arrived() == ids(events)


async def test_two_relays_at_once_send_everything_once(desk: Desk) -> None:
    events = some_events(60)
    await desk.put(events)
    first, second = desk.relay(batch_size=3), desk.relay(batch_size=3)
    runs = [asyncio.create_task(first.run()), asyncio.create_task(second.run())]

    async def empty() -> bool:
        return await desk.waiting() == 0

    await until(empty)
    await first.stop()
    await second.stop()
    await asyncio.gather(*runs)
    assert await desk.arrived() == ids(events)


async def test_a_turn_that_is_cut_off_leaves_the_lock_free(desk: Desk) -> None:
    await desk.put(some_events(2000))
    turn = asyncio.create_task(desk.relay().relay_turn())
    async with desk.database.connection() as connection:

        async def led() -> bool:
            return bool(
                await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            )

        await until(led, every_seconds=0.0)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    await desk.relay().drain()
    assert await desk.waiting() == 0
    info = await desk.jetstream.stream_info(stream_of("testing"))
    assert info.state.messages == 2000


def test_header_lines_are_read_back_as_they_were() -> None:
    headers = {"ce-id": "1", "ce-subject": "a: b", "traceparent": "00-aa-bb-01"}
    assert read_headers(header_lines(headers)) == headers


@pytest.mark.parametrize("value", ["a\r\nNats-Rollup: all", "a\nb", "a\rb"])
def test_a_value_can_never_become_a_header_of_its_own(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        header_lines({"ce-subject": value})
