"""Migrations go forward on a database that is in use: one by one, on data, and never twice."""

import json
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter
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
AUDIT = PROJECT / "shared" / "migrations" / "audit"
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


def depends(file: Path) -> list[str]:
    """What a migration names as having to be there before it."""
    (line,) = (line for line in file.read_text("utf-8").splitlines() if line.startswith("-- depends:"))
    return line.removeprefix("-- depends:").split()


def in_order(folder: Path, last: str | None = None) -> list[Path]:
    """The migrations of a folder, each after those it depends on; or what `last` needs, without itself."""
    needs = {file.stem: depends(file) for file in sorted(folder.glob("*.sql"))}
    if last is not None:
        wanted, needed = [*needs[last]], dict[str, list[str]]()
        while wanted:
            name = wanted.pop()
            needed[name] = needs[name]
            wanted += needs[name]
        needs = needed
    return [folder / f"{name}.sql" for name in TopologicalSorter(needs).static_order()]


def copied(files: Sequence[Path], into: Path) -> Path:
    """A folder with these migrations only."""
    target = into / f"{files[0].parent.parent.name}-{files[0].parent.name}-{len(files)}"
    target.mkdir()
    for file in files:
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
        for folder in (AUDIT, COMMON, own):
            await migrate(url, "whole", folder)
            files = in_order(folder)
            for number in range(1, len(files) + 1):
                await migrate(url, "stepwise", copied(files[:number], tmp_path))
        whole = await shape_of(connection, "whole")
        assert whole
        assert await shape_of(connection, "stepwise") == whole
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_no_migration_of_a_service_is_named_as_one_of_all(service: str) -> None:
    """A name is a migration's id within its schema: the second of two would never be applied."""
    own = {file.stem for file in (PROJECT / "services" / service / "migrations").glob("*.sql")}
    common = {file.stem for folder in (AUDIT, COMMON) for file in folder.glob("*.sql")}
    assert own & common == set()


async def test_events_that_wait_in_an_outbox_outlive_a_migration(url: str, tmp_path: Path) -> None:
    headers = {"Nats-Msg-Id": str(uuid4()), "ce-type": "testing.sample-positive", "ce-subject": "样本-1"}
    connection = await connect(url, "testing")
    try:
        await connection.execute("CREATE SCHEMA testing")
        await migrate(url, "testing", copied(in_order(COMMON)[:2], tmp_path))
        await connection.execute(
            "INSERT INTO outbox (event_id, subject, headers, body, created_at) VALUES ($1, $2, $3, $4, $5)",
            uuid4(),
            f"testing.sample-positive.{subject_tokens(A_VILLAGE)}",
            json.dumps(headers),
            b"{}",
            NOW,
        )
        await migrate(url, "testing", AUDIT)
        await migrate(url, "testing", COMMON)
        await migrate(url, "testing", COMMON)  # finds nothing left to do
        (row,) = await connection.fetch("SELECT * FROM outbox")
    finally:
        await connection.close()
    assert read_headers(row["headers"]) == headers
    assert (row["body"], row["created_at"]) == (b"{}", NOW)


async def test_results_move_into_their_weeks_with_their_keys(url: str, tmp_path: Path) -> None:
    own = PROJECT / "services" / "testing" / "migrations"
    before = in_order(own, "0030_results_by_week")
    received = [NOW, NOW + timedelta(days=6), NOW + timedelta(days=7)]
    connection = await connect(url, "testing")
    try:
        await connection.execute("CREATE SCHEMA testing")
        for folder in (AUDIT, COMMON, copied(before, tmp_path)):
            await migrate(url, "testing", folder)
        sample = uuid4()
        for revision, received_at in enumerate(received, start=1):
            await connection.execute(
                "INSERT INTO sample_result VALUES ($1, $2, 'T-1', '500104-cdc', $3, 'pcr', 'negative',"
                " $4, $4, $4, $5, 'key', 'mix-up', $6)",
                *(sample, revision, A_VILLAGE, NOW, received_at, uuid4()),
            )
        old = await connection.fetch("SELECT * FROM sample_result ORDER BY revision")
        await migrate(url, "testing", own)
        moved = await connection.fetch("SELECT * FROM sample_result ORDER BY revision")
        assert [{name: row[name] for name in dict(old[0])} for row in moved] == [dict(row) for row in old]
        weeks = await connection.fetch(
            "SELECT tableoid::regclass::text AS name FROM sample_result ORDER BY revision"
        )
        keys = await connection.fetch("SELECT * FROM result_key ORDER BY revision")
        made = await connection.fetchval("SELECT keep_result_weeks(now(), now() + interval '8 weeks')")
    finally:
        await connection.close()
    # NOW is a Monday, so six days later is the Sunday of its week
    assert [row["name"] for row in weeks] == [f"sample_result_2021w0{week}" for week in (5, 5, 6)]
    assert [tuple(row) for row in keys] == [
        ("500104-cdc", "T-1", revision, sample, received_at)
        for revision, received_at in enumerate(received, start=1)
    ]
    assert made == 0  # the migration has made the coming weeks already
