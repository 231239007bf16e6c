"""A database of the registration service without the service."""

from collections.abc import AsyncIterator, Callable

import pytest

from shared.postgres import Database


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    """The test's own database, seen with the service's role."""
    database = await Database.open(service_database_url("registration"), "registration", size=8)
    yield database
    await database.close()
