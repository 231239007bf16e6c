"""Migrations go forward on a database that is in use: one by one, on data, and never twice."""

import json
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from shared.divisions import subject_tokens
from shared.outbox import read_headers
from shared.postgres import Connection, migrate
from shared.settings import PROJECT
from tests.builders import A_VILLAGE
from tests.servers import Servers, create_database, drop_database

SERVICES = ("registration", "testing", "alerts", "reporting")
COMMON = PROJECT / "shared" / "migrations" / "service"
NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
SHAPE = """
SELECT table_name, column_name, data_type, is_nullable, collation_name
FROM information_schema.columns WHERE table_schema = $1 ORDER BY table_name, column_name
"""


@pytest.fixture
async def url(servers: Servers) -> AsyncIterator[str]:
    """A database without any table of ours."""
    name = await create_database(servers, "template0")
    yield servers.database_url(name)
    await drop_database(servers, name)


def first(folder: Path, number: int, into: Path) -> Path:
    """A folder with the first `number` migrations of another."""
    target = into / f"{folder.parent.name}-{number}"
    target.mkdir()
    for file in sorted(folder.glob("*.sql"))[:number]:
        shutil.copy(file, target)
    return target


async def connect(url: str, schema: str) -> Connection:
    return await asyncpg.connect(url, server_settings={"search_path": schema})


async def shape_of(connection: Connection, schema: str) -> Sequence[tuple[object, ...]]:
    return [tuple(row) for row in await connection.fetch(SHAPE, schema)]


@pytest.mark.parametrize("service", SERVICES)
async def test_one_by_one_they_come_to_the_same_tables_as_all_at_once(
    url: str, service: str, tmp_path: Path
) -> None:
    own = PROJECT / "services" / service / "migrations"
    connection = await connect(url, service)
    try:
        for schema in ("whole", "stepwise"):
            await connection.execute(f"CREATE SCHEMA {schema}")
        for folder in (COMMON, own):
            await migrate(url, "whole", folder)
            for number in range(1, len(list(folder.glob("*.sql"))) + 1):
                await migrate(url, "stepwise", first(folder, number, tmp_path))
        whole = await shape_of(connection, "whole")
        assert whole
        assert await shape_of(connection, "stepwise") == whole
    finally:
        await connection.close()


async def test_events_that_wait_in_an_outbox_outlive_a_migration(url: str, tmp_path: Path) -> None:
    headers = {"Nats-Msg-Id": str(uuid4()), "ce-type": "testing.sample-positive", "ce-subject": "样本-1"}
    connection = await connect(url, "testing")
    try:
        await connection.execute("CREATE SCHEMA testing")
        await migrate(url, "testing", first(COMMON, 2, tmp_path))
        await connection.execute(
            "INSERT INTO outbox (event_id, subject, headers, body, created_at) VALUES ($1, $2, $3, $4, $5)",
            uuid4(),
            f"testing.sample-positive.{subject_tokens(A_VILLAGE)}",
            json.dumps(headers),
            b"{}",
            NOW,
        )
        await migrate(url, "testing", COMMON)
        await migrate(url, "testing", COMMON)  # finds nothing left to do
        (row,) = await connection.fetch("SELECT * FROM outbox")
    finally:
        await connection.close()
    assert read_headers(row["headers"]) == headers
    assert (row["body"], row["created_at"]) == (b"{}", NOW)
