"""The reporting service in this process, on a real database and a real bus, with a clock that tests move."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import httpx
import nats
import pytest
from litestar import Litestar
from pydantic import SecretStr

from services.reporting.app import build
from services.reporting.config import Settings
from shared.contracts import EVENTS, Event, envelop, open_envelope
from shared.foundation import Foundation
from shared.postgres import Database
from tests.clocks import MovableClock
from tests.keys import a_key
from tests.lifespans import living
from tests.servers import TEST_SECRETS
from tests.waiting import until

CHONGQING = "500000"


@dataclass(frozen=True, slots=True)
class Office:
    """The service, whoever calls it, and what it reads and publishes."""

    app: Litestar
    foundation: Foundation
    clock: MovableClock
    client: httpx.AsyncClient
    nats_url: str
    database_url: str

    @property
    def database(self) -> Database:
        return self.foundation.database

    async def key(self, division: str, *scopes: str) -> dict[str, str]:
        """The headers of a new key."""
        return {"authorization": f"Bearer {await a_key(self.database_url, division, *scopes)}"}

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        async with self.database.connection() as connection:
            return [dict(row) for row in await connection.fetch(statement, *values)]

    async def told(self) -> list[Any]:
        """The events that the service has published or will: those on the bus, in their order."""
        await until(self._outbox_is_empty)
        return await events_on(self.nats_url)

    async def told_of(self, *kinds: type[Event]) -> list[Any]:
        return [event for event in await self.told() if isinstance(event, kinds)]

    async def _outbox_is_empty(self) -> bool:
        return not await self.rows("SELECT id FROM outbox LIMIT 1")


async def events_on(nats_url: str, stream: str = "REPORTING") -> list[Any]:
    """Every event of a stream, in its order."""
    client = await nats.connect(nats_url)
    try:
        jetstream = client.jetstream()
        count = (await jetstream.stream_info(stream)).state.messages
        messages = [await jetstream.get_msg(stream, sequence) for sequence in range(1, count + 1)]
        return [open_envelope(message.headers or {}, message.data or b"", EVENTS)[1] for message in messages]
    finally:
        await client.close()


async def publish(nats_url: str, events: Sequence[Event], *, copies: int = 1) -> None:
    """Put events on the bus, each of them `copies` times as messages of their own, as after a crash."""
    client = await nats.connect(nats_url)
    try:
        jetstream = client.jetstream()
        for copy in range(copies):
            for event in events:
                envelope = envelop(event)
                headers = {**envelope.headers(), "Nats-Msg-Id": f"{envelope.id}-{copy}"}
                await jetstream.publish(envelope.nats_subject(), envelope.data, headers=headers)
    finally:
        await client.close()


@asynccontextmanager
async def open_office(database_url: str, own_url: str, nats_url: str) -> AsyncGenerator[Office]:
    """Run the service until the block ends."""
    settings = Settings(  # pyright: ignore[reportCallIssue]  # the rest has defaults
        database_url=SecretStr(own_url),
        nats_url=SecretStr(nats_url),
        sealing_keys=SecretStr(TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"]),
        webhook_allow_local=True,
    )
    clock = MovableClock()
    foundation = replace(await Foundation.open("reporting", settings), clock=clock)
    app = build(foundation)
    key = await a_key(database_url, CHONGQING)
    headers = {"authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
    async with (
        living(app),
        httpx.AsyncClient(transport=transport, base_url="http://reporting", headers=headers) as client,
    ):
        await until(_ready(client))
        yield Office(app, foundation, clock, client, nats_url, database_url)


def _ready(client: httpx.AsyncClient) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return (await client.get("/ready")).status_code == 200

    return ready


@pytest.fixture
async def office(
    database_url: str, service_database_url: Callable[[str], str], nats_url: str
) -> AsyncIterator[Office]:
    """The service in this process, its clock at 2021-02-01 09:00 in Shanghai, called with all scopes."""
    async with open_office(database_url, service_database_url("reporting"), nats_url) as office:
        yield office
