"""Concurrent calls as one batch: who fails, fails alone, and who goes away takes nobody along."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.errors import Conflict, Unavailable
from shared.together import Together


class Desk:
    """Doubles numbers in batches; refuses 13, and waits at the gate when it is closed."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.away = False

    async def double(self, numbers: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(numbers))
        await self.open.wait()
        if self.away:
            raise Unavailable("The database does not answer.")
        if 13 in numbers:
            raise Conflict("Not thirteen.")
        return [2 * number for number in numbers]


async def outcome(together: Together[int, int], number: int) -> object:
    try:
        return await together.submit(number)
    except Exception as error:
        return type(error)


async def test_what_arrives_together_is_one_batch() -> None:
    desk = Desk()
    together = Together(desk.double)
    assert await asyncio.gather(*(together.submit(number) for number in range(10))) == list(range(0, 20, 2))
    assert desk.batches == [list(range(10))]


async def test_a_lone_call_waits_for_nobody() -> None:
    desk = Desk()
    assert await Together(desk.double).submit(4) == 8
    assert desk.batches == [[4]]


async def test_one_that_fails_spoils_none_of_the_others() -> None:
    desk = Desk()
    together = Together(desk.double)
    outcomes = await asyncio.gather(*(outcome(together, number) for number in (11, 12, 13, 14)))
    assert outcomes == [22, 24, Conflict, 28]
    assert desk.batches == [[11, 12, 13, 14], [11], [12], [13], [14]]


async def test_several_that_fail_each_get_their_own_error() -> None:
    together = Together(Desk().double)
    outcomes = await asyncio.gather(*(outcome(together, number) for number in (13, 13, 2)))
    assert outcomes == [Conflict, Conflict, 4]


async def test_an_absent_database_is_told_to_all_at_once_and_not_tried_for_each() -> None:
    desk = Desk()
    desk.away = True
    together = Together(desk.double)
    outcomes = await asyncio.gather(*(outcome(together, number) for number in range(5)))
    assert outcomes == [Unavailable] * 5
    assert len(desk.batches) == 1
    desk.away = False
    assert await together.submit(1) == 2


async def test_a_caller_who_goes_away_takes_nobody_along() -> None:
    desk = Desk()
    desk.open.clear()
    together = Together(desk.double, lanes=1)
    first = [asyncio.create_task(together.submit(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = [asyncio.create_task(together.submit(number)) for number in (4, 5)]
    await asyncio.sleep(0)
    first[1].cancel()  # while its batch is under way
    second[0].cancel()  # while it waits for the next
    desk.open.set()
    outcomes = await asyncio.gather(*first, *second, return_exceptions=True)
    assert [type(one) if isinstance(one, BaseException) else one for one in outcomes] == [
        2,
        asyncio.CancelledError,
        6,
        asyncio.CancelledError,
        10,
    ]
    assert desk.batches == [[1, 2, 3], [5]], "what was begun is carried out, what was not is left"


async def test_batches_are_bounded_in_size_and_number() -> None:
    desk = Desk()
    desk.open.clear()
    together = Together(desk.double, largest=4, lanes=2)
    calls = [asyncio.create_task(together.submit(number)) for number in range(12)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert [len(batch) for batch in desk.batches] == [4, 4], "two lanes"
    desk.open.set()
    assert await asyncio.gather(*calls) == list(range(0, 24, 2))
    assert all(len(batch) <= 4 for batch in desk.batches)


async def test_an_answer_for_nobody_leaves_nobody_waiting() -> None:
    """A fault of our own, such as too few results, must not hang a request for ever."""

    async def forget(numbers: Sequence[int]) -> Sequence[int]:
        return [*numbers][:-1]

    together = Together(forget)
    calls = [together.submit(number) for number in (1, 2)]
    outcomes = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
    assert all(isinstance(one, BaseException) for one in outcomes)


async def test_a_batch_that_is_cut_off_tells_everybody() -> None:
    async def be_cut_off(_: Sequence[int]) -> Sequence[int]:
        raise asyncio.CancelledError

    together = Together(be_cut_off)
    calls = [together.submit(number) for number in (1, 2)]
    outcomes = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
    assert all(isinstance(one, BaseException) for one in outcomes)


@pytest.mark.parametrize("poison", [0, 1, 2])
async def test_one_by_one_cut_off_halfway_tells_the_rest(poison: int) -> None:
    async def carry_out(numbers: Sequence[int]) -> Sequence[int]:
        if len(numbers) > 1:
            raise Conflict("Not together.")
        if numbers[0] == poison:
            raise asyncio.CancelledError
        return numbers

    together = Together(carry_out)
    calls = [together.submit(number) for number in range(3)]
    outcomes = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
    assert outcomes[:poison] == list(range(poison))
    assert all(isinstance(one, BaseException) for one in outcomes[poison:])
