"""Nobody may flood us, and the platform's own questions are never refused."""

import pytest

from shared.errors import RateLimited
from shared.postgres import Database
from shared.rate_limits import RateLimit
from tests.http.application import Deeds, build, calling
from tests.http.test_refused_input import is_problem
from tests.keys import a_key


async def test_limits_each_caller(database: Database, deeds: Deeds, key: str, database_url: str) -> None:
    other = await a_key(database_url, "500104")
    async with calling(build(database, deeds, rate_limit_per_minute=5), key) as client:
        for _ in range(5):
            assert (await client.get("/v1/notes")).status_code == 200
        answer = await client.get("/v1/notes")
        is_problem(answer, 429, "rate-limited")
        assert 1 <= int(answer.headers["retry-after"]) <= 12
        assert (await client.get("/v1/notes", headers={"X-API-Key": other})).status_code == 200
        for path in ("/health", "/ready", "/metrics"):
            for _ in range(10):
                assert (await client.get(path)).status_code == 200


async def test_limits_strangers_by_address(database: Database, deeds: Deeds, key: str) -> None:
    async with calling(build(database, deeds, anonymous_rate_limit_per_minute=3)) as client:
        guesses = [f"dk_abcdefgh_{number}" for number in range(3)]
        for guess in guesses:
            answer = await client.get("/v1/notes", headers={"X-API-Key": guess})
            is_problem(answer, 401, "unauthenticated")
        for headers in ({"X-API-Key": "dk_abcdefgh_4"}, {}):
            is_problem(await client.get("/v1/notes", headers=headers), 429, "rate-limited")
        is_problem(await client.get("/openapi.json"), 429, "rate-limited")


class Seconds:
    """A clock of seconds that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def refused_for(limit: RateLimit, caller: str = "a") -> int:
    """Seconds to wait, zero if the call was let through."""
    try:
        limit.take(caller)
    except RateLimited as refused:
        return refused.retry_after_seconds
    return 0


def test_a_burst_then_the_steady_rate() -> None:
    seconds = Seconds()
    limit = RateLimit(60, burst=3, monotonic=seconds)
    assert [refused_for(limit) for _ in range(5)] == [0, 0, 0, 1, 1]
    seconds.now += 1.0
    assert [refused_for(limit) for _ in range(2)] == [0, 1]
    seconds.now += 60.0
    assert [refused_for(limit) for _ in range(4)] == [0, 0, 0, 1]


@pytest.mark.parametrize(("per_minute", "wait"), [(1, 60), (2, 30), (7, 9)])
def test_says_after_how_long_the_next_call_fits(per_minute: int, wait: int) -> None:
    seconds = Seconds()
    limit = RateLimit(per_minute, burst=1, monotonic=seconds)
    assert refused_for(limit) == 0
    assert refused_for(limit) == wait
    seconds.now += wait
    assert refused_for(limit) == 0


def test_no_limit() -> None:
    limit = RateLimit(0)
    assert [refused_for(limit) for _ in range(1000)] == [0] * 1000


def test_the_table_of_callers_does_not_grow_for_ever() -> None:
    seconds = Seconds()
    limit = RateLimit(60, burst=1, largest_table=100, monotonic=seconds)
    for number in range(1000):
        assert refused_for(limit, str(number)) == 0
        seconds.now += 0.1
    assert refused_for(limit, "999") == 1
    assert len(limit) <= 100
