"""Every query is one that the migrated schema understands, and what a laboratory said is never changed."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest

from shared.postgres import Database, Queries

QUERY_FILES = [
    *sorted(Path("services/testing/queries").glob("*.sql")),
    Path("shared/workbooks/kept_imports.sql"),
]


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await Database.open(service_database_url("testing"), "testing", size=2)
    yield database
    await database.close()


@pytest.mark.parametrize("path", QUERY_FILES, ids=lambda path: path.stem)
async def test_every_query_is_understood(database: Database, path: Path) -> None:
    queries = Queries.load(path)
    async with database.connection() as connection:
        for name in queries.names():
            assert await connection.prepare(queries.sql(name)), name


@pytest.mark.parametrize(
    "change", ["UPDATE sample_result SET result = 'negative'", "DELETE FROM sample_result"]
)
async def test_a_result_on_record_is_never_changed(database: Database, change: str) -> None:
    async with database.connection() as connection:
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute(change)
