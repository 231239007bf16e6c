"""`dutyclock keys`: what an operator types, and what a service then takes."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from typer.testing import CliRunner

from dutyclock.commands.keys import app
from shared.postgres import Database
from tests.audit.trails import told
from tests.http.application import Deeds, build, calling


@pytest.fixture
def keys(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run `dutyclock keys` with the arguments; its exit code and what it printed."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    runner = CliRunner()

    def run(*arguments: str) -> tuple[int, str]:
        result = runner.invoke(app, list(arguments))
        return result.exit_code, result.output

    return run


async def in_a_thread(keys: Callable[..., tuple[int, str]], *arguments: str) -> tuple[int, str]:
    """The command has an event loop of its own, as in a process of its own."""
    return await asyncio.to_thread(keys, *arguments)


async def test_a_key_from_birth_to_end(
    keys: Callable[..., tuple[int, str]], database: Database, deeds: Deeds
) -> None:
    code, output = await in_a_thread(
        keys, "create", "--division", "500104102", "--scope", "results:read", "--name", "检验所"
    )
    assert code == 0
    key = output.split()[-1]
    async with calling(build(database, deeds, access_cache_seconds=0.0), key) as client:
        assert await status(client) == 200
        code, listed = await in_a_thread(keys, "list")
        assert code == 0
        assert "检验所" in listed
        assert key.split("_", 2)[2] not in listed
        code, _ = await in_a_thread(keys, "revoke", key.split("_")[1])
        assert code == 0
        assert await status(client) == 401
    assert "revoked" in (await in_a_thread(keys, "list"))[1]


async def test_a_key_is_given_a_new_secret_and_stays_who_it_was(
    keys: Callable[..., tuple[int, str]], database: Database, deeds: Deeds, database_url: str
) -> None:
    made = await in_a_thread(keys, "create", "--division", "500104102", "--scope", "results:read")
    first = made[1].split()[-1]
    key_id = first.split("_")[1]
    code, output = await in_a_thread(keys, "rotate", key_id)
    second = output.split()[-1]
    assert (code, second.split("_")[1]) == (0, key_id)
    app = build(database, deeds, access_cache_seconds=0.0)
    async with calling(app, first) as former, calling(app, second) as present:
        assert [await status(one) for one in (former, present)] == [200, 200]
        assert "former secret until" in (await in_a_thread(keys, "list"))[1]
        third = (await in_a_thread(keys, "rotate", key_id, "--overlap-hours", "0"))[1].split()[-1]
        assert [await status(one) for one in (former, present)] == [401, 401]
        async with calling(app, third) as newest:
            assert await status(newest) == 200
            await in_a_thread(keys, "revoke", key_id)
            assert await status(newest) == 401
    assert (await in_a_thread(keys, "rotate", key_id))[0] == 1, "a revoked key gets no new secret"
    deeds_on_record = [one["action"] for one in await told(database_url, "access") if one["id"] == key_id]
    assert deeds_on_record == ["key-made", "key-rotated", "key-rotated", "key-revoked"]


async def status(client: httpx.AsyncClient) -> int:
    return (await client.get("/v1/notes")).status_code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--division", "500104", "--scope", "everything"], "everything"),
        (["--division", "500999", "--scope", "results:read"], "500999"),
        (["--division", "500104", "--scope", "results:read", "--expires", "2020-01-01"], "expiry"),
        (["--division", "500104", "--scope", "results:read", "--expires", "soon"], "expiry"),
        (["--division", "500104", "--scope", "results:read", "--expires", "2999-01-01T00:00:00"], "expiry"),
    ],
)
def test_refuses_what_no_key_can_have(
    keys: Callable[..., tuple[int, str]], arguments: list[str], said: str
) -> None:
    code, output = keys("create", *arguments)
    assert code == 1
    assert said in output


def test_a_key_that_ends_with_a_day(keys: Callable[..., tuple[int, str]]) -> None:
    arguments = ["create", "--division", "500104", "--scope", "results:read", "--expires", "2999-06-30"]
    assert keys(*arguments)[0] == 0
    assert "2999-06-30 23:59" in keys("list")[1]


def test_says_so_when_there_is_no_such_key(keys: Callable[..., tuple[int, str]]) -> None:
    code, output = keys("revoke", "nobody")
    assert code == 1
    assert "nobody" in output


def test_says_so_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    result = CliRunner().invoke(app, ["list"])
    assert result.exit_code == 1
    assert "database" in result.output
