"""The testing service's own database, without the service."""

from collections.abc import AsyncIterator, Callable

import pytest

from shared.postgres import Database


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("testing"), "testing", size=6)
    yield opened
    await opened.close()


@pytest.fixture
async def administrator(database_url: str) -> AsyncIterator[Database]:
    """The same database for whoever may empty tables, as the service may not."""
    opened = await Database.open(database_url, "testing", size=1)
    yield opened
    await opened.close()
