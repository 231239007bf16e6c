"""The registration service in the test's own process, with a key of the town, and what it put on the bus."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import nats
import pytest
from pydantic import SecretStr

from services.registration.app import build
from services.registration.config import Settings
from shared.access import Scope
from shared.contracts import EVENTS, open_envelope
from shared.foundation import Foundation
from tests.builders import JIANSHENG
from tests.keys import a_key
from tests.servers import TEST_SECRETS
from tests.waiting import until

ServedWith = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def served_with(service_database_url: Callable[[str], str], database_url: str, nats_url: str) -> ServedWith:
    """`async with served_with(sealing_keys) as town`: a client with a key of Jiansheng Town."""

    @asynccontextmanager
    async def serve(sealing_keys: str) -> AsyncGenerator[httpx.AsyncClient]:
        settings = Settings(  # pyright: ignore[reportCallIssue]  # the rest has defaults
            database_url=SecretStr(service_database_url("registration")),
            nats_url=SecretStr(nats_url),
            secret_key=SecretStr(TEST_SECRETS["DUTYCLOCK_SECRET_KEY"]),
            sealing_keys=SecretStr(sealing_keys),
        )
        foundation = await Foundation.open("registration", settings)
        app = build(foundation)
        scopes = set(Scope) - {Scope.ADMIN, Scope.PII_READ}
        headers = {"authorization": f"Bearer {await a_key(database_url, JIANSHENG, *scopes)}"}
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # pyright: ignore[reportArgumentType]  # ASGI is ASGI
        async with (
            foundation.life(app),
            httpx.AsyncClient(transport=transport, base_url="http://registration", headers=headers) as client,
        ):
            yield client

    return serve


@pytest.fixture
async def town(served_with: ServedWith) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key of Jiansheng Town that may read and write everything of this service."""
    async with served_with(TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"]) as client:
        yield client


@pytest.fixture
async def another_key(database_url: str) -> str:
    """Another key of the same town with the same scopes."""
    return await a_key(database_url, JIANSHENG, *(set(Scope) - {Scope.ADMIN, Scope.PII_READ}))


EventsOnBus = Callable[[int], Awaitable[list[Any]]]


@pytest.fixture
def events(nats_url: str) -> EventsOnBus:
    """`await events(3)`: everything on the bus, in order, once there are three; more than that fails."""

    async def read() -> list[Any]:
        client = await nats.connect(nats_url)
        try:
            jetstream = client.jetstream()
            count = (await jetstream.stream_info("REGISTRATION")).state.messages
            messages = [await jetstream.get_msg("REGISTRATION", number + 1) for number in range(count)]
            return [open_envelope(one.headers or {}, one.data or b"", EVENTS)[1] for one in messages]
        finally:
            await client.close()

    async def once_there_are(number: int) -> list[Any]:
        async def enough() -> bool:
            return len(await read()) >= number

        await until(enough, what=f"{number} events")
        found = await read()
        assert len(found) == number
        return found

    return once_there_are
