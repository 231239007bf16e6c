"""The registration service's database without the service, and the service on a clock that tests move."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr

from services.registration.app import build
from services.registration.config import Settings
from shared.access import Scope
from shared.foundation import Foundation
from shared.postgres import Database
from tests.builders import JIANSHENG
from tests.clocks import MovableClock
from tests.keys import a_key
from tests.servers import TEST_SECRETS


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    """The test's own database, seen with the service's role."""
    database = await Database.open(service_database_url("registration"), "registration", size=8)
    yield database
    await database.close()


@pytest.fixture
async def moving_town(
    service_database_url: Callable[[str], str],
    database_url: str,
    nats_url: str,
    movable_clock: MovableClock,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Jiansheng Town, with all scopes, of a service whose duties follow the movable clock."""
    settings = Settings(  # pyright: ignore[reportCallIssue]  # the rest has defaults
        database_url=SecretStr(service_database_url("registration")),
        nats_url=SecretStr(nats_url),
        secret_key=SecretStr(TEST_SECRETS["DUTYCLOCK_SECRET_KEY"]),
        sealing_keys=SecretStr(TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"]),
    )
    foundation = replace(await Foundation.open("registration", settings), clock=movable_clock)
    app = build(foundation)
    scopes = set(Scope) - {Scope.ADMIN}
    headers = {"authorization": f"Bearer {await a_key(database_url, JIANSHENG, *scopes)}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # pyright: ignore[reportArgumentType]  # ASGI is ASGI
    lives, ends = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        """Begin and end in one task, which the fixture's own two halves need not be."""
        async with app.lifespan():
            lives.set()
            await ends.wait()

    life = asyncio.create_task(live())
    await lives.wait()
    async with httpx.AsyncClient(
        transport=transport, base_url="http://registration", headers=headers
    ) as town:
        yield town
    ends.set()
    await life
