"""What the tests of the HTTP foundation ask for."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from shared.postgres import Database
from tests.http.application import Deeds, build, calling
from tests.keys import a_key


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    """The testing service's own database, with its own role."""
    opened = await Database.open(service_database_url("testing"), "testing")
    yield opened
    await opened.close()


@pytest.fixture
async def key(database_url: str) -> str:
    """A key of Dadukou District that may do everything."""
    return await a_key(database_url, "500104")


@pytest.fixture
def deeds() -> Deeds:
    return Deeds()


@pytest.fixture
async def client(database: Database, deeds: Deeds, key: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the served app that calls with `key`."""
    async with calling(build(database, deeds, body_limit_bytes=4096), key) as calls:
        yield calls
