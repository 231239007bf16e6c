"""Every query of paging is one that the migrated schema understands."""

import pytest

from services.alerts.storage import pages, roster
from shared.postgres import Queries
from tests.alerts.paging.room import Room


@pytest.mark.parametrize("queries", [pages.QUERIES, roster.QUERIES], ids=["pages", "roster"])
async def test_every_query_is_understood(room: Room, queries: Queries) -> None:
    async with room.database.connection() as connection:
        for name in queries.names():
            assert await connection.prepare(queries.sql(name)), name
