"""What tests of the whole system may ask for beside a database and a bus of their own."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.servers import Servers
from tests.system.standing import Standing


@pytest.fixture(scope="package")
def standing(
    servers: Servers,
    template_database: str,
    account_numbers: Iterator[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Standing]:
    """Platforms that tests share; those that use them run in one worker (`xdist_group("standing")`)."""
    platforms = Standing(servers, template_database, account_numbers, tmp_path_factory.mktemp("standing"))
    yield platforms
    asyncio.run(platforms.end())
