"""The testing service as a process, and whoever calls it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from tests.keys import a_key
from tests.servers import ServiceProcess

Start = Callable[..., Awaitable[ServiceProcess]]


@pytest.fixture
async def testing(start_service: Start) -> ServiceProcess:
    """The running service."""
    return await start_service("testing")


@pytest.fixture
async def municipality(testing: ServiceProcess, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever may do everything in the whole municipality."""
    headers = {"authorization": f"Bearer {await a_key(database_url, '500000')}"}
    async with httpx.AsyncClient(base_url=testing.url, headers=headers, timeout=20) as client:
        yield client


@pytest.fixture
async def neighbour(testing: ServiceProcess, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever may do everything in another district, that of the third-party laboratory."""
    headers = {"authorization": f"Bearer {await a_key(database_url, '500107')}"}
    async with httpx.AsyncClient(base_url=testing.url, headers=headers, timeout=20) as client:
        yield client
