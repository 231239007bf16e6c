"""Calls carried out together: what shares a batch, what a failure costs, when a second batch may begin."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.errors import InvalidInput, Unavailable
from shared.together import Together


class Store:
    """Carries out batches of numbers, each when it is let; 13 is refused, the database may be away."""

    def __init__(self, *, slow_after_seconds: float = 3600.0, largest: int = 1000) -> None:
        self.batches: list[list[int]] = []
        self.away = False
        self.open = asyncio.Event()
        self.open.set()
        self.together = Together(
            self._carry_out, largest=largest, lanes=2, slow_after_seconds=slow_after_seconds
        )

    async def _carry_out(self, numbers: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(numbers))
        await self.open.wait()
        if self.away:
            raise Unavailable("away")
        if 13 in numbers:
            raise InvalidInput("13 is refused")
        return [2 * number for number in numbers]

    def submit(self, *numbers: int) -> "list[asyncio.Task[int]]":
        return [asyncio.ensure_future(self.together.submit(number)) for number in numbers]


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_lone_call_is_carried_out_at_once() -> None:
    store = Store()
    assert await store.together.submit(4) == 8
    assert store.batches == [[4]]


async def test_what_arrives_meanwhile_is_the_next_batch() -> None:
    store = Store()
    store.open.clear()
    calls = store.submit(1)
    await turns()
    calls += store.submit(2, 3)
    await turns()
    calls += store.submit(4)
    store.open.set()
    assert await asyncio.gather(*calls) == [2, 4, 6, 8]
    assert store.batches == [[1], [2, 3, 4]]


async def test_another_batch_begins_when_the_first_is_slow() -> None:
    store = Store(slow_after_seconds=-1.0)
    store.open.clear()
    calls = store.submit(1)
    await turns()
    calls += store.submit(2)
    await turns()
    calls += store.submit(3)
    await turns()
    assert store.batches == [[1], [2]]  # and no third: there are two lanes
    store.open.set()
    assert await asyncio.gather(*calls) == [2, 4, 6]


async def test_another_batch_begins_when_a_whole_one_is_waiting() -> None:
    store = Store(largest=2)
    store.open.clear()
    calls = store.submit(1)
    await turns()
    calls += store.submit(2, 3, 4)
    await turns()
    assert store.batches == [[1], [2, 3]]
    store.open.set()
    assert await asyncio.gather(*calls) == [2, 4, 6, 8]


async def test_only_the_call_at_fault_gets_the_error() -> None:
    store = Store()
    outcomes = await asyncio.gather(*store.submit(1, 13, 2), return_exceptions=True)
    assert outcomes[0] == 2
    assert isinstance(outcomes[1], InvalidInput)
    assert outcomes[2] == 4


async def test_an_absent_database_is_told_to_all_and_not_asked_again_one_by_one() -> None:
    store = Store()
    store.away = True
    outcomes = await asyncio.gather(*store.submit(1, 2, 3), return_exceptions=True)
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert store.batches == [[1, 2, 3]]


async def test_a_caller_who_gave_up_while_waiting_is_left_out() -> None:
    store = Store()
    store.open.clear()
    first = store.submit(1)
    await turns()
    gone, stays = store.submit(2, 3)
    await turns()
    gone.cancel()
    await turns()
    store.open.set()
    assert await stays == 6
    assert await first[0] == 2
    assert store.batches == [[1], [3]]
    with pytest.raises(asyncio.CancelledError):
        await gone
