"""Records that are one person: no due test is lost, none is doubled, in any order, undone or not."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.testing.actions.due.ask_tests import ask_tests, drop_tests
from services.testing.actions.due.merge_people import merge_people
from services.testing.actions.due.open_periods import open_periods
from services.testing.actions.due.state_base_numbers import state_base_numbers, state_members
from services.testing.rules.due.asking import Ask, Drop, Source, ask_of_symptoms
from services.testing.rules.due.base_number import BaseNumber, Member
from shared.contracts.registration import MergeUndone, PersonMerged, SymptomFlagged
from shared.postgres import Database
from tests.builders import A_VILLAGE
from tests.testing.due.test_due_on_postgres import (
    DIVISIONS,
    LAW,
    an_ask,
    covered,
    met,
    reaches,
    sampled,
    state_of,
    told,
)
from tests.testing.due.tests_owed import at, day, taken
from tests.testing.tubes import builders as tubes

pytestmark = pytest.mark.requirement("test-all-due")

A, B, C = UUID(int=71), UUID(int=72), UUID(int=73)
CASE = UUID(int=300)
NOW = at(2, 10)
Step = Callable[[Database], Awaitable[Any]]


def near_a_case(number: int, person: UUID) -> Ask:
    return an_ask(
        number,
        source=Source.CASE,
        series=CASE,
        subject_id=person,
        category="close-contacts",
        at_once=True,
        from_on=day(0),
        due_on=day(1),
        told_at=at(0, 7),
    )


def merged(kept: UUID, other: UUID, decision: int, when: datetime = NOW) -> Step:
    event = PersonMerged(
        division=A_VILLAGE,
        occurred_at=when,
        recorded_at=when,
        person_id=kept,
        merged_person_id=other,
        decision_id=UUID(int=decision),
    )
    return lambda database: merge_people(database, event, now=NOW)


def undone(kept: UUID, other: UUID, decision: int) -> Step:
    event = MergeUndone(
        division=A_VILLAGE,
        occurred_at=NOW,
        recorded_at=NOW,
        person_id=kept,
        merged_person_id=other,
        decision_id=UUID(int=decision),
    )
    return lambda database: merge_people(database, event, now=NOW)


def asked(one: Ask) -> Step:
    return lambda database: ask_tests(database, [one], now=NOW)


def swabbed(person: UUID, number: int, hour: int = 8) -> Step:
    one = taken(at(number, hour), person, sample_id=UUID(int=900 + number * 24 + hour))
    return lambda database: sampled(database, [one], NOW)


async def ends_of(database: Database, steps: list[Step]) -> list[Any]:
    """What stands after the steps in many orders, half of them with turns of the duty between them."""
    ends: list[Any] = []
    turns = list(permutations(steps))
    random.Random(7).shuffle(turns)
    for position, turn in enumerate(turns[:30]):
        async with database.transaction() as connection:
            await connection.execute(
                "DELETE FROM due_test; DELETE FROM taken_sample; DELETE FROM person_merge;"
                " DELETE FROM same_person; DELETE FROM due_look"
            )
        for step in turn:
            await step(database)
            if position % 2:
                await met(database, NOW)
        await met(database, NOW)
        ends.append(await state_of(database))
    return ends


async def test_one_sample_settles_what_both_records_owe_in_any_order(
    database: Database,
) -> None:
    steps = [asked(near_a_case(1, A)), asked(near_a_case(2, B)), swabbed(B, 0), merged(A, B, 1)]
    ends = await ends_of(database, steps)
    once = {UUID(int=1): (True, 1, at(0, 8)), UUID(int=2): (False, 1, at(0, 8))}
    assert ends == [once] * len(ends)


async def test_a_merge_that_is_undone_leaves_each_with_their_own_in_any_order(database: Database) -> None:
    steps = [
        asked(near_a_case(1, A)),
        asked(near_a_case(2, B)),
        swabbed(B, 0),
        merged(A, B, 1),
        undone(A, B, 1),
    ]
    ends = await ends_of(database, steps)
    apart = {UUID(int=1): (True, 0, None), UUID(int=2): (True, 1, at(0, 8))}
    assert ends == [apart] * len(ends)


async def test_chains_of_merges_are_one_person_and_part_where_one_is_undone(database: Database) -> None:
    asks = [asked(near_a_case(number, who)) for number, who in ((1, A), (2, B), (3, C))]
    for step in (*asks, merged(B, A, 1), merged(C, B, 2), swabbed(A, 0)):
        await step(database)
    await met(database, NOW)
    assert [one[:2] for one in (await state_of(database)).values()] == [(False, 1), (False, 1), (True, 1)]
    await undone(C, B, 2)(database)
    await met(database, NOW)
    state = await state_of(database)
    assert state[UUID(int=3)] == (True, 0, None), "C was never sampled"
    assert [state[UUID(int=number)][:2] for number in (1, 2)] == [(False, 1), (True, 1)]


async def test_whoever_is_known_to_be_one_person_starts_one_clock_and_each_their_own_once_parted(
    database: Database,
) -> None:
    await merged(A, B, 1)(database)
    await ask_tests(database, [near_a_case(1, A), near_a_case(2, B)], now=NOW)
    await met(database, NOW)
    assert await told(database) == ["testing.sampling-demanded"]
    await undone(A, B, 1)(database)
    assert await told(database) == ["testing.sampling-demanded"] * 2
    await merged(A, B, 2)(database)
    await swabbed(A, 1)(database)
    assert (await told(database))[2:] == ["testing.sampling-done"] * 2, (
        "a clock that runs is stopped, not lost"
    )


async def test_when_the_test_that_stands_is_taken_back_its_double_is_due(database: Database) -> None:
    ordered = [
        an_ask(
            number,
            source=Source.ORDERED,
            series=UUID(int=number),
            subject_id=who,
            from_on=day(3),
            due_on=day(3),
        )
        for number, who in ((1, A), (2, B))
    ]
    await ask_tests(database, ordered, now=NOW)
    await merged(A, B, 1)(database)
    assert [one[0] for one in (await state_of(database)).values()] == [True, False]
    await drop_tests(database, [Drop(UUID(int=1), Source.ORDERED, A_VILLAGE, NOW)], now=NOW)
    assert [one[0] for one in (await state_of(database)).values()] == [False, True]


async def test_members_of_a_category_under_two_records_are_due_and_counted_once(database: Database) -> None:
    await state_base_numbers(
        database, [BaseNumber("couriers", A_VILLAGE, 4)], LAW, divisions=DIVISIONS, reaches=reaches, now=at(0)
    )
    members = [Member("couriers", A_VILLAGE, who, None) for who in (A, B)]
    await state_members(database, members, LAW, divisions=DIVISIONS, reaches=reaches, now=at(0))
    while (await open_periods(database, LAW, now=at(0), most=1)).goes_on:
        pass
    await met(database, at(0))
    assert (await covered(database))[A_VILLAGE] == (4, 0)
    await merged(A, B, 1)(database)
    assert (await covered(database))[A_VILLAGE] == (3, 0)
    await sampled(database, [taken(at(0, 8), B, category="couriers")], NOW)
    await met(database, NOW)
    assert (await covered(database))[A_VILLAGE] == (3, 1), "not counted for the line as well"
    await undone(A, B, 1)(database)
    await met(database, NOW)
    assert (await covered(database))[A_VILLAGE] == (4, 1)


async def test_a_line_counts_somebody_sampled_under_two_records_once(database: Database) -> None:
    await state_base_numbers(
        database, [BaseNumber("couriers", A_VILLAGE, 4)], LAW, divisions=DIVISIONS, reaches=reaches, now=at(0)
    )
    while (await open_periods(database, LAW, now=at(0), most=1)).goes_on:
        pass
    for number, who in ((0, A), (1, B)):
        await sampled(database, [taken(at(number, 8), who, category="couriers")], NOW)
    await met(database, NOW)
    assert (await covered(database))[A_VILLAGE] == (4, 2)
    await merged(A, B, 1)(database)
    assert (await covered(database))[A_VILLAGE] == (4, 1)
    await undone(A, B, 1)(database)
    assert (await covered(database))[A_VILLAGE] == (4, 2)


@pytest.mark.parametrize("kept_first", [True, False])
async def test_what_is_stored_at_the_same_moment_as_a_merge_meets_it(
    database: Database, *, kept_first: bool
) -> None:
    for step in (asked(near_a_case(1, A)), asked(near_a_case(2, B))):
        await step(database)
    await met(database, NOW)
    async with database.transaction() as connection:
        await connection.execute("SELECT count(*) FROM due_test")  # holds no lock, sees nothing of the merge
        steps = [merged(A, B, 1), swabbed(B, 0), merged(B, C, 2)]
        await asyncio.gather(*(step(database) for step in (steps if kept_first else reversed(steps))))
    await met(database, NOW)
    state = await state_of(database)
    assert sorted(one[0] for one in state.values()) == [False, True]
    assert {one[1:] for one in state.values()} == {(1, at(0, 8))}


def flagged(on: int, hour: int, person: UUID = A) -> Step:
    told_at = at(on, hour)
    event = SymptomFlagged.model_validate(
        {
            "division": A_VILLAGE,
            "occurred_at": told_at,
            "recorded_at": told_at,
            "person_id": person,
            "symptoms": ["fever"],
        }
    )
    return asked(ask_of_symptoms(event, LAW))


async def test_symptoms_that_grow_start_one_clock_until_somebody_was_sampled(database: Database) -> None:
    for step in (flagged(0, 9), flagged(0, 12), flagged(1, 9), flagged(1, 10, B), merged(A, B, 1)):
        await step(database)
        await met(database, NOW)
    assert sorted(one[0] for one in (await state_of(database)).values()) == [False, False, True]
    before = await told(database)
    assert before == ["testing.sampling-demanded"] * 3, "once for B, who was somebody else, and for what grew"
    await swabbed(A, 0, hour=20)(database)
    await met(database, NOW)
    assert sorted(one[:2] for one in (await state_of(database)).values()) == [
        (False, 0),
        (True, 0),
        (True, 1),
    ]


@pytest.mark.parametrize("merged_after", range(5))
async def test_a_member_of_a_pool_is_cleared_under_another_record_whenever_they_are_merged(
    database: Database, merged_after: int
) -> None:
    first, other, alone = tubes.person(1), tubes.person(11), tubes.person(2)
    evening = tubes.MORNING + 12 * tubes.HOUR
    later = evening + tubes.HOUR
    steps: list[Step] = [
        lambda database: tubes.tell(database, tubes.a_tube("T-1", 1, 2)),
        lambda database: tubes.find(database, tubes.a_result("T-1", tubes.P)),
        lambda database: tubes.tell(database, tubes.a_tube("S-1", 11, size=1, at=evening)),
        lambda database: tubes.find(database, tubes.a_result("S-1", at=later, sampled_at=evening)),
    ]
    steps.insert(merged_after, merged(first, other, 1, later))
    for one in steps:
        await one(database)
    assert await _members(database) == {first: "cleared", alone: "pending"}
    await tubes.find(
        database, tubes.a_result("L-1", at=later, sampled_at=evening, person_id=tubes.person(12))
    )
    await merged(tubes.person(12), alone, 2, later)(database)
    assert await _members(database) == {first: "cleared", alone: "cleared"}
    assert "testing.pool-resolved" in await told(database)
    await undone(first, other, 1)(database)
    assert await _members(database) == {first: "pending", alone: "cleared"}, "somebody else was sampled"


async def _members(database: Database) -> dict[UUID, str]:
    """What became of each member of the pools."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT person_id, state FROM pool_member")
    return {row["person_id"]: row["state"] for row in rows}
