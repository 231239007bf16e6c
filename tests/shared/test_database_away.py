"""A database that is not there is said to be away, however the network says it."""

import asyncpg
import pytest

from shared.errors import Unavailable
from shared.postgres import Database

NOWHERE = {
    "its name is not known": "postgres.invalid",
    "nobody listens": "127.0.0.1:1",
    "no way leads there": "240.0.0.1",
}


@pytest.mark.parametrize("host", NOWHERE.values(), ids=NOWHERE.keys())
async def test_a_database_that_cannot_be_reached_is_unavailable(host: str) -> None:
    """As in containers whose database was taken off the network: the pool stands, and connects in vain."""
    pool = await asyncpg.create_pool(f"postgresql://nobody:none@{host}/nothing", min_size=0, max_size=1)
    try:
        with pytest.raises(Unavailable):
            async with Database(pool, "nothing").connection():
                raise AssertionError("somebody answered")
    finally:
        pool.terminate()


async def test_a_database_that_takes_the_password_no_more_is_unavailable(database_url: str) -> None:
    """As while passwords are made anew: what is connected goes on, a new connection has to wait."""
    account, _, place = database_url.rpartition("@")
    role = account.rpartition("//")[2].partition(":")[0]
    pool = await asyncpg.create_pool(f"postgresql://{role}:former@{place}", min_size=0, max_size=1)
    try:
        with pytest.raises(Unavailable) as refused:
            async with Database(pool, "nothing").connection():
                raise AssertionError("the former password was taken")
        assert isinstance(refused.value.__cause__, asyncpg.InvalidPasswordError)
    finally:
        pool.terminate()
