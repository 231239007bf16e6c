"""The registration schema with the policy's law of care."""

from collections.abc import AsyncIterator, Callable

import pytest

from services.registration.actions.care.fill_grid import GridTools
from shared.divisions import DivisionRegister
from shared.postgres import Database
from shared.sealing import Sealer
from shared.settings import PROJECT
from tests.registration.care.test_grid_rules import LAW
from tests.servers import TEST_SECRETS

REGISTER = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=8)
    yield opened
    await opened.close()


@pytest.fixture
def tools(database: Database) -> GridTools:
    """What filling the grid needs."""
    return GridTools(database, REGISTER, LAW, Sealer.parse(TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"]))
