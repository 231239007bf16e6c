"""The testing service as a process, and its own database without the service."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from shared.postgres import Database
from tests.keys import a_key
from tests.servers import ServiceProcess


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("testing"), "testing", size=6)
    yield opened
    await opened.close()


@pytest.fixture
async def district(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A key of the district, at a service that runs."""
    service = await start_service("testing")
    headers = {"authorization": f"Bearer {await a_key(database_url, '500104')}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60) as client:
        yield client
