"""`dutyclock migrate`: a database brought to the present, and the keys between our own systems."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from dutyclock.__main__ import app
from dutyclock.services import PROCESSES
from shared.api_keys import list_keys, new_key, revoke_key
from shared.clock import Clock
from shared.errors import NotFound
from tests.servers import Servers

Migrate = Callable[..., tuple[int, str]]


@pytest.fixture
def migrate(database_url: str, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Migrate:
    """Run the command on the test's own database; its exit code and what it said."""
    passwords = tmp_path / "role_passwords.json"
    passwords.write_text(json.dumps(dict(servers.role_passwords)), "utf-8")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DUTYCLOCK_ROLE_PASSWORDS_FILE", str(passwords))

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["migrate", *arguments])
        return result.exit_code, result.output

    return run


async def test_a_systems_key_is_kept_and_one_that_was_revoked_stays_so(
    migrate: Migrate, database_url: str, tmp_path: Path
) -> None:
    key = new_key()
    file = tmp_path / "keys.json"
    file.write_text(
        json.dumps([{"key": key, "name": "alertmanager", "division": "500000", "scopes": ["pages:read"]}]),
        "utf-8",
    )
    for _ in range(2):
        code, output = await asyncio.to_thread(migrate, "--keys", str(file))
        assert code == 0, output
    connection = await asyncpg.connect(database_url)
    try:
        (made,) = [one for one in await list_keys(connection) if one.name == "alertmanager"]
        assert made.id == key.split("_")[1]
        await revoke_key(connection, made.id, now=Clock().now())
        assert (await asyncio.to_thread(migrate, "--keys", str(file)))[0] == 0
        (again,) = [one for one in await list_keys(connection) if one.name == "alertmanager"]
        assert again.revoked_at is not None
        with pytest.raises(NotFound):
            await revoke_key(connection, "unknown", now=Clock().now())
    finally:
        await connection.close()


def test_what_is_missing_is_said_in_one_sentence(
    migrate: Migrate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = tmp_path / "few.json"
    few.write_text(json.dumps(dict.fromkeys(PROCESSES[1:], "word")), "utf-8")
    code, output = migrate("--role-passwords", str(few))
    assert (code, PROCESSES[0] in output) == (1, True)
    monkeypatch.delenv("DATABASE_URL")
    assert migrate() == (1, "缺少 DATABASE_URL  DATABASE_URL is missing\n")
