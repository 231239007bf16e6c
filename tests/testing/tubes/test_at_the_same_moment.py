"""What is stored at the same moment, so that neither can see the other, is joined by the second look."""

import asyncio

import pytest

from services.testing.actions.tubes.look_again import look_again
from services.testing.rules.tubes.chain import StepKind
from shared.postgres import Database
from shared.verdicts import Verdict
from tests.testing.tubes.builders import (
    HOUR,
    MORNING,
    NOW,
    N,
    P,
    a_result,
    a_step,
    a_tube,
    events,
    find,
    hear,
    person,
    state,
    step,
    tell,
)
from tests.waiting import until

pytestmark = pytest.mark.requirement("village-town-county-chain")


async def looked(database: Database) -> None:
    """Look again until nothing waits for a second look."""

    async def waits() -> bool:
        async with database.connection() as connection:
            return bool(await connection.fetchval("SELECT count(*) FROM second_look"))

    while await waits():
        await look_again(database, now=NOW)


async def somebody_waits(database: Database) -> bool:
    """Whether a transaction waits for a lock that a test holds."""
    async with database.connection() as connection:
        return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_a_tube_that_was_stored_while_its_result_was_is_joined_with_it(database: Database) -> None:
    async with database.transaction() as holding:
        await holding.execute("LOCK TABLE taken_sample IN EXCLUSIVE MODE")  # what the tube writes at the end
        telling = asyncio.create_task(tell(database, a_tube("T-1", 1, 2)))
        await until(lambda: somebody_waits(database))
        await find(database, a_result("T-1", P))
    await telling
    before = await state(database)
    assert before["tubes"][0]["is_open"], "one could see the other, so nothing is proved"
    await looked(database)
    after = await state(database)
    assert (after["tubes"][0]["is_open"], len(after["members"])) == (False, 2)
    heard = hear(await events(database))
    assert (heard.cases, len(heard.pools)) == (set(), 1)


async def test_the_second_look_waits_for_whoever_was_under_way(database: Database) -> None:
    async with database.transaction() as holding:
        await holding.execute("LOCK TABLE outbox IN EXCLUSIVE MODE")  # what the result writes at the end
        finding = asyncio.create_task(find(database, a_result("T-1", N)))
        await until(lambda: somebody_waits(database))
        await tell(database, a_tube("T-1", 1, 2))
        for _ in range(3):
            await look_again(database, now=NOW)
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM second_look") == 1
    await finding
    assert (await state(database))["tubes"][0]["is_open"]
    await looked(database)
    assert hear(await events(database)).settled() == {person(1): {N}, person(2): {N}}


async def test_a_box_that_is_handed_over_while_a_tube_is_put_into_it(database: Database) -> None:
    await tell(database, a_tube("T-1", 1))
    await looked(database)
    boxed = a_step(StepKind.BOXED, "T-1", MORNING, box="B-1")
    handed = a_step(StepKind.HANDED_OVER, None, MORNING + HOUR, box="B-1")
    async with database.transaction() as holding:
        await holding.execute("SELECT FROM tube FOR UPDATE")  # what the first step waits for
        boxing = asyncio.create_task(step(database, boxed))
        await until(lambda: somebody_waits(database))
        await step(database, handed)
    await boxing
    await looked(database)
    assert (await state(database))["tubes"][0]["handed_over_at"] == MORNING + HOUR


async def test_many_at_once_end_as_one_after_the_other(database: Database) -> None:
    codes = [f"T-{number}" for number in range(20)]
    pools = [a_tube(code, 3 * number, 3 * number + 1, size=5) for number, code in enumerate(codes)]
    results = [a_result(code, P if number % 4 == 0 else N) for number, code in enumerate(codes)]
    steps = [
        a_step(kind, code, MORNING + hours * HOUR)
        for code in codes
        for hours, kind in enumerate(StepKind)
        if kind is not StepKind.BOXED
    ]
    again = [a_tube(f"S-{number}", 3 * number, size=1, at=MORNING + 9 * HOUR) for number in range(0, 20, 4)]
    found = [
        a_result(f"S-{number}", N, at=MORNING + 11 * HOUR, sampled_at=MORNING + 9 * HOUR)
        for number in range(0, 20, 4)
    ]
    sent = [
        *(tell(database, one) for one in pools),
        *(find(database, one) for one in results),
        *(step(database, *steps[start : start + 5]) for start in range(0, len(steps), 5)),
        *(find(database, one) for one in found),
    ]
    await asyncio.gather(*sent)
    await asyncio.gather(*(tell(database, one) for one in again))
    await looked(database)
    known = await state(database)
    assert all(row["result"] is not None and row["run_at"] is not None for row in known["tubes"][:20])
    heard = hear(await events(database))
    assert (len(heard.pools), heard.cases) == (5, set())
    assert sorted(row["state"] for row in known["members"]) == ["cleared"] * 5 + ["pending"] * 5
    assert not known["waiting"]


async def test_the_same_tube_at_once_is_stored_once(database: Database) -> None:
    told = a_tube("T-1", 1, 2)
    verdicts = await asyncio.gather(*(tell(database, told) for _ in range(6)))
    assert sorted(one.verdict for (one,) in verdicts) == [Verdict.DUPLICATE] * 5 + [Verdict.STORED]
    assert len((await state(database))["samples"]) == 2


async def test_a_person_put_into_two_tubes_at_once_is_in_one(database: Database) -> None:
    told = [a_tube(f"T-{number}", 1) for number in range(6)]
    verdicts = await asyncio.gather(*(tell(database, one) for one in told))
    assert sorted(one.verdict for (one,) in verdicts) == [Verdict.REFUSED] * 5 + [Verdict.STORED]
    assert [row["person_id"] for row in (await state(database))["waiting"]] == [person(1)]
