"""What tests of notices ask for: the duty that compares later rows, and what was told of notices."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import nats
import pytest

from services.registration.actions.movement.match_notices import match_later_rows
from shared.contracts import EVENTS, open_envelope
from shared.postgres import Database
from tests.waiting import until

Compare = Callable[[], Awaitable[None]]
ToldOf = Callable[[int], Awaitable[list[Any]]]


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=4)
    yield opened
    await opened.close()


@pytest.fixture
def compare(database: Database) -> Compare:
    """`await compare()`: the duty's turns, until nothing is on its list."""

    async def all_turns() -> None:
        while await match_later_rows(database, now=datetime.now(UTC)):
            pass

    return all_turns


@pytest.fixture
def told(nats_url: str) -> ToldOf:
    """`await told(2)`: what was told of notices, in order, once there are two; more than that fails."""

    async def read() -> list[Any]:
        client = await nats.connect(nats_url)
        try:
            jetstream = client.jetstream()
            count = (await jetstream.stream_info("REGISTRATION")).state.messages
            messages = [await jetstream.get_msg("REGISTRATION", number + 1) for number in range(count)]
            opened = [open_envelope(one.headers or {}, one.data or b"", EVENTS)[1] for one in messages]
            return [event for event in opened if event.TYPE.startswith("registration.notice-")]
        finally:
            await client.close()

    async def once_there_are(number: int) -> list[Any]:
        async def enough() -> bool:
            return len(await read()) >= number

        await until(enough, what=f"{number} events of notices")
        found = await read()
        assert len(found) == number
        return found

    return once_there_are
