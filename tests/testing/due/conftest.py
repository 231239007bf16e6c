"""The testing service's own database, and the service in the test's process with a key of the town."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from pydantic import SecretStr

from services.testing.app import build
from services.testing.config import Settings
from shared.access import Scope
from shared.foundation import Foundation
from shared.postgres import Database
from tests.builders import JIANSHENG
from tests.keys import a_key
from tests.servers import TEST_SECRETS


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("testing"), "testing", size=6)
    yield opened
    await opened.close()


@pytest.fixture
async def town(
    service_database_url: Callable[[str], str], database_url: str, nats_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key of Jiansheng Town that may read and write everything of this service."""
    settings = Settings(  # pyright: ignore[reportCallIssue]  # the rest has defaults
        database_url=SecretStr(service_database_url("testing")),
        nats_url=SecretStr(nats_url),
        secret_key=SecretStr(TEST_SECRETS["DUTYCLOCK_SECRET_KEY"]),
        sealing_keys=SecretStr(TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"]),
    )
    foundation = await Foundation.open("testing", settings)
    app = build(foundation)
    headers = {
        "authorization": f"Bearer {await a_key(database_url, JIANSHENG, *(set(Scope) - {Scope.ADMIN}))}"
    }
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # pyright: ignore[reportArgumentType]  # ASGI is ASGI
    async with (
        foundation.life(app),
        httpx.AsyncClient(transport=transport, base_url="http://testing", headers=headers) as client,
    ):
        yield client
