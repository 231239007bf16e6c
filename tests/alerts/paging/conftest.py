"""A duty room on the test's own database."""

from collections.abc import AsyncIterator, Callable

import pytest

from shared.postgres import Database
from tests.alerts.paging.room import Room
from tests.clocks import MovableClock
from tests.fakes.sms_gateway import SmsGateway, running_gateway


@pytest.fixture
async def room(
    service_database_url: Callable[[str], str], movable_clock: MovableClock
) -> AsyncIterator[Room]:
    database = await Database.open(service_database_url("alerts"), "alerts")
    yield Room(database, movable_clock)
    await database.close()


@pytest.fixture
async def gateway() -> AsyncIterator[SmsGateway]:
    async with running_gateway() as running:
        yield running
