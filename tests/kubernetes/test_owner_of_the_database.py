"""The account that CloudNativePG makes, no superuser, is enough for the migrations and the services."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from dutyclock.__main__ import app
from dutyclock.provision import role_name
from dutyclock.services import PROCESSES, SERVICES
from tests.kubernetes.manifests import one
from tests.servers import Servers


@dataclass(frozen=True, slots=True)
class Owner:
    """A database and the account that owns it."""

    database: str
    name: str
    password: str
    servers: Servers

    def url(self, user: str, password: str) -> str:
        place = self.servers.postgres_url.rpartition("@")[2].rpartition("/")[0]
        return f"postgresql://{user}:{password}@{place}/{self.database}"


@pytest.fixture
async def owner(servers: Servers) -> AsyncIterator[Owner]:
    """As initdb of the Cluster leaves it: its roles are managed a moment later."""
    token = secrets.token_hex(6)
    owner = Owner(f"owned_{token}", f"owner_{token}", secrets.token_urlsafe(24), servers)
    connection = await asyncpg.connect(servers.database_url("postgres"))
    try:
        await connection.execute(f"CREATE ROLE {owner.name} LOGIN PASSWORD '{owner.password}'")
        await connection.execute(f"CREATE DATABASE {owner.database} OWNER {owner.name}")
        yield owner
        await connection.execute(f"DROP DATABASE IF EXISTS {owner.database} WITH (FORCE)")
        for process in PROCESSES:
            await connection.execute(f"DROP ROLE IF EXISTS {role_name(owner.database, process)}")
        await connection.execute(f"DROP ROLE IF EXISTS {owner.name}")
    finally:
        await connection.close()


async def migrate(owner: Owner, passwords: Path, patch: pytest.MonkeyPatch) -> tuple[int, str]:
    """What the job does, with what it is given."""
    patch.setenv("DATABASE_URL", owner.url(owner.name, owner.password))
    patch.setenv("DUTYCLOCK_ROLE_PASSWORDS_FILE", str(passwords))
    done = await asyncio.to_thread(CliRunner().invoke, app, ["migrate"])
    return done.exit_code, done.output


async def test_it_waits_for_its_right_to_make_roles_and_then_makes_everything(
    owner: Owner, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {process: secrets.token_urlsafe(24) for process in PROCESSES}
    passwords = tmp_path / "role_passwords.json"
    passwords.write_text(json.dumps(words), "utf-8")

    code, said = await migrate(owner, passwords, monkeypatch)
    assert (code, "CREATEROLE" in said) == (1, True), said
    administrator = await asyncpg.connect(servers.database_url(owner.database))
    try:
        schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = ANY($1)"
        assert await administrator.fetchval(schemas, list(SERVICES)) == 0, "nothing was begun"
        (managed,) = one("district", "Cluster", "postgres")["spec"]["managed"]["roles"]
        assert managed["createrole"] is True
        await administrator.execute(f"ALTER ROLE {owner.name} CREATEROLE")
    finally:
        await administrator.close()

    assert (await migrate(owner, passwords, monkeypatch))[0] == 0
    assert (await migrate(owner, passwords, monkeypatch))[0] == 0, "again it finds nothing to do"
    for service in SERVICES:
        connection = await asyncpg.connect(owner.url(role_name(owner.database, service), words[service]))
        try:
            assert await connection.fetchval(f"SELECT count(*) FROM {service}.outbox") == 0
            other = next(name for name in SERVICES if name != service)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetchval(f"SELECT count(*) FROM {other}.outbox")
        finally:
            await connection.close()
