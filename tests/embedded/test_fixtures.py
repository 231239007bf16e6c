"""The fixtures themselves: isolation is what every other test relies on."""

from collections.abc import Callable

import asyncpg
import nats
import pytest


@pytest.mark.parametrize("turn", range(3))
async def test_every_test_has_an_empty_database_of_its_own(database_url: str, turn: int) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("SELECT to_regclass('alerts.outbox')") is not None
        await connection.execute("CREATE TABLE public.mark (turn int)")  # fails where another turn was here
    finally:
        await connection.close()


@pytest.mark.parametrize("turn", range(3))
async def test_every_test_has_empty_streams_of_its_own(nats_url: str, turn: int) -> None:
    client = await nats.connect(nats_url)
    try:
        acknowledged = await client.jetstream().publish("testing.mark.50.0104.102.001", str(turn).encode())
    finally:
        await client.close()
    assert (acknowledged.stream, acknowledged.seq) == ("TESTING", 1)


async def test_a_service_reads_its_own_schema_only(service_database_url: Callable[[str], str]) -> None:
    connection = await asyncpg.connect(service_database_url("alerts"))
    try:
        assert await connection.fetchval("SELECT count(*) FROM alerts.outbox") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT FROM testing.outbox")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DROP TABLE alerts.outbox")
    finally:
        await connection.close()
