"""Who may write to a trail, in which order, and that a migration takes what was there into it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from dutyclock.services import AUDITOR, SERVICES
from shared.postgres import Database, migrate
from shared.settings import PROJECT
from tests.audit.trails import command, told
from tests.servers import Servers, create_database, drop_database

MIGRATIONS = PROJECT / "shared" / "migrations"
A_VERSION = "INSERT INTO policy_version VALUES ('pack', $1, 'hash', '{}', $2)"
NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
IDS = {"id", "person", "other", "undoes", "subject", "request", "by", "clock", "plan", "place", "gathering"}
FACTS = {"kind", "division", "fields", "institution", "content_hash", "result", "decision", "closed", "pack"}
CODES = {"version", "working", "post", "events", "state", "laboratory", "cause", "reason_code", "scopes"}
OF_MESSAGES = {"consumer", "stream", "message"}
TIMES = {"at", "from", "until", "former_until", "expires_at"}
NAMES_NOBODY = IDS | FACTS | CODES | OF_MESSAGES | TIMES
"""What may stand in a trail: nothing that people write in words of their own."""
TRIGGERS = """
SELECT DISTINCT ledger.relnamespace::regnamespace::text AS schema, ledger.relname AS source,
       string_to_array(encode(deed.tgargs, 'escape'), '\\000') AS arguments, deed.tgdeferrable AS deferrable
FROM pg_trigger AS deed JOIN pg_class AS ledger ON ledger.oid = deed.tgrelid
JOIN pg_proc AS writer ON writer.oid = deed.tgfoid AND writer.proname = 'audit_row'
"""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_writes_by_what_it_does_and_in_no_other_way(
    service_database_url: Callable[[str], str], service: str
) -> None:
    url = service_database_url(service)
    connection = await asyncpg.connect(url, server_settings={"search_path": service})
    try:
        for statement in (
            f"INSERT INTO {service}.audit VALUES (1, '{{}}', sha256('x'), sha256('y'))",
            f"UPDATE {service}.audit SET content = ''",
            f"DELETE FROM {service}.audit",
            f"TRUNCATE {service}.audit",
            f"UPDATE {service}.audit_head SET sequence = 0",
            f'SELECT {service}.append_audit(\'{{"action": "forged"}}\')',
            f"SELECT {service}.audit_inserts('outbox', 'x', '{{\"at\": \"created_at\"}}', 'true')",
            "SELECT access.append_audit('{}')",
            "SELECT * FROM access.audit",
            f"TRUNCATE {service}.outbox",
            f"ALTER TABLE {service}.audit DISABLE TRIGGER ALL",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_auditor_reads_every_trail_and_writes_none(
    service_database_url: Callable[[str], str],
) -> None:
    connection = await asyncpg.connect(service_database_url(AUDITOR))
    try:
        for schema in ("access", *SERVICES):
            assert await connection.fetchval(f"SELECT count(*) FROM {schema}.audit") == 0
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"SELECT {schema}.append_audit('{{}}')")
    finally:
        await connection.close()


CHANGES = ("UPDATE audit SET content = ''", "DELETE FROM audit", "TRUNCATE audit", "DELETE FROM audit_head")


@pytest.mark.parametrize("statement", CHANGES)
async def test_the_owner_too_is_refused(database_url: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "alerts"})
    try:
        await connection.execute(A_VERSION, 1, NOW)
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_many_at_once_make_one_chain_and_what_is_undone_leaves_none(
    database_url: str, service_database_url: Callable[[str], str]
) -> None:
    database = await Database.open(service_database_url("alerts"), "alerts", size=8)

    async def store(first: int) -> None:
        for version in range(first, first + 10):
            async with database.transaction() as connection:
                await connection.execute(A_VERSION, version, NOW)

    async def give_up(version: int) -> None:
        async with database.transaction() as connection:
            await connection.execute(A_VERSION, version, NOW)
            raise LookupError

    try:
        undone = [give_up(version) for version in range(1000, 1008)]
        outcomes = await asyncio.gather(
            *(store(number * 10) for number in range(8)), *undone, return_exceptions=True
        )
    finally:
        await database.close()
    assert [type(one) for one in outcomes if one is not None] == [LookupError] * 8
    rows = await told(database_url, "alerts")
    assert sorted(one["version"] for one in rows) == list(range(80))
    assert [one["sequence"] for one in rows] == list(range(1, 81))
    assert {one["role"] for one in rows} == {"template_of_tests_alerts"}
    code, output = await command(database_url, "verify")
    assert (code, "alerts: 80 rows, the chain is whole" in output) == (0, True), output


async def test_nothing_that_people_write_in_words_of_their_own_goes_into_a_trail(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        triggers = await connection.fetch(TRIGGERS)
    finally:
        await connection.close()
    assert {row["schema"] for row in triggers} == {"access", *SERVICES}
    for row in triggers:
        action, names = row["arguments"][0], json.loads(row["arguments"][1])
        assert set(names) <= NAMES_NOBODY, action
        assert not {"reason", "name", "note", "stated_by", "url"} & set(names.values()), action
        assert row["deferrable"], f"{action} holds the trail's lock for its whole transaction"


async def test_every_action_stands_in_the_document(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        actions = {row["arguments"][0] for row in await connection.fetch(TRIGGERS)}
    finally:
        await connection.close()
    document = (PROJECT / "docs" / "security.md").read_text("utf-8")
    assert {action for action in actions if f"`{action}`" not in document} == set()


async def test_many_deeds_of_one_transaction_come_one_after_the_other_whatever_was_undone(
    database_url: str,
) -> None:
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "alerts"})
    try:
        async with connection.transaction():
            await connection.execute('SELECT append_audit(\'{"action": "first"}\')')
            for first in (1, 1001):
                with contextlib.suppress(LookupError):
                    async with connection.transaction():
                        await connection.execute(
                            "INSERT INTO policy_version SELECT 'pack', number, 'hash', '{}', now()"
                            " FROM generate_series($1::int, $1::int + 499) AS number",
                            first,
                        )
                        await connection.execute('SELECT append_audit(\'{"action": "between"}\')')
                        if first == 1:
                            raise LookupError
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            await connection.execute("SET CONSTRAINTS ALL DEFERRED")
            await connection.execute(A_VERSION, 9, NOW)
        await connection.execute(A_VERSION, 10, NOW)
    finally:
        await connection.close()
    rows = await told(database_url, "alerts")
    assert [one["sequence"] for one in rows] == list(range(1, 505))
    assert [one["action"] for one in rows[:3]] == ["first", "between", "policy-taken-up"]
    assert [one["version"] for one in rows[2:]] == [*range(1001, 1501), 9, 10]
    code, output = await command(database_url, "verify")
    assert (code, "alerts: 504 rows, the chain is whole" in output) == (0, True), output


@pytest.fixture
async def bare_url(servers: Servers) -> AsyncIterator[str]:
    """A database without any table of ours."""
    name = await create_database(servers, "template0")
    yield servers.database_url(name)
    await drop_database(servers, name)


async def test_what_was_there_before_is_taken_into_the_trail(bare_url: str, tmp_path: Path) -> None:
    own = PROJECT / "services" / "alerts" / "migrations"
    connection = await asyncpg.connect(bare_url, server_settings={"search_path": "alerts"})
    try:
        await connection.execute("CREATE SCHEMA alerts")
        for file in own.glob("*.sql"):
            if file.stem < "0004":
                (tmp_path / file.name).write_bytes(file.read_bytes())
        await migrate(bare_url, "alerts", MIGRATIONS / "audit")
        await migrate(bare_url, "alerts", MIGRATIONS / "service")
        await migrate(bare_url, "alerts", tmp_path)
        for version, day in ((1, 3), (2, 1), (3, 2)):
            await connection.execute(A_VERSION, version, NOW.replace(day=day))
        await migrate(bare_url, "alerts", own)
        await connection.execute(A_VERSION, 4, NOW)
    finally:
        await connection.close()
    rows = await told(bare_url, "alerts")
    assert [(one["version"], one.get("taken_over")) for one in rows] == [
        (2, True),
        (3, True),
        (1, True),
        (4, None),
    ]
