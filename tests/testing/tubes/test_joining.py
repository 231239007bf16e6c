"""Tubes and results find each other whichever comes first, and what is told of them is told once."""

from datetime import timedelta

import pytest

from services.testing.actions.tubes.read_tubes import read_tube
from services.testing.rules.due.sampling_point import PointKind, PointStated
from services.testing.rules.tubes.chain import Flag, StepKind
from services.testing.storage import sampling_points
from services.testing.storage.results import NewResult
from shared.contracts.testing import (
    PeopleToldToStay,
    PoolPositive,
    PoolResolved,
    PoolWithdrawn,
    SamplePositive,
    SamplePositiveWithdrawn,
    SamplesNegative,
)
from shared.postgres import Database
from shared.vocabulary import Result
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, OUTSIDE
from tests.testing.tubes.builders import (
    HOSPITAL,
    HOUR,
    MORNING,
    NOW,
    I,
    N,
    P,
    a_member,
    a_result,
    a_step,
    a_tube,
    correct,
    events,
    find,
    hear,
    person,
    state,
    step,
    tell,
)

pytestmark = pytest.mark.requirement("village-town-county-chain")
EVENING = MORNING + 12 * HOUR


def pool_id_of(result: NewResult) -> object:
    return result.facts.sample_id


async def test_a_negative_pool_settles_all_its_members_with_one_event(database: Database) -> None:
    await tell(database, a_tube("T-1", *range(1, 11)))
    await find(database, a_result("T-1"))
    (told,) = await events(database)
    assert isinstance(told, SamplesNegative)
    assert {one.person_id for one in told.people} == {person(number) for number in range(1, 11)}
    assert told.count == 10


async def test_a_pool_that_comes_after_its_result_settles_its_members_as_well(database: Database) -> None:
    await find(database, a_result("T-1"))
    await tell(database, a_tube("T-1", *range(1, 11)))
    first, told = await events(database)
    assert isinstance(first, SamplesNegative)
    assert isinstance(told, SamplesNegative)
    assert (len(first.people), len(told.people)) == (0, 10)
    await tell(database, a_tube("T-1", *range(1, 11)))
    assert len(await events(database)) == 2


@pytest.mark.parametrize("result", [P, I])
async def test_a_pool_that_is_not_negative_is_no_case_and_its_members_are_told_to_stay(
    database: Database, result: Result
) -> None:
    await tell(database, a_tube("T-1", 1, 2, a_member(3, division=ANOTHER_VILLAGE)))
    found = a_result("T-1", result)
    await find(database, found)
    told = await events(database)
    assert [type(one) for one in told] == [PoolPositive, PeopleToldToStay, PeopleToldToStay]
    stay = {one.division: one.person_ids for one in told if isinstance(one, PeopleToldToStay)}
    assert stay == {A_VILLAGE: (person(1), person(2)), ANOTHER_VILLAGE: (person(3),)}
    assert hear(told).cases == set()


async def test_a_positive_told_before_anybody_knew_of_the_pool_is_withdrawn(database: Database) -> None:
    found = a_result("T-1", P)
    await find(database, found)
    await tell(database, a_tube("T-1", 1, 2))
    told = await events(database)
    assert [type(one) for one in told] == [
        SamplePositive,
        SamplePositiveWithdrawn,
        PoolPositive,
        PeopleToldToStay,
    ]
    assert isinstance(told[1], SamplePositiveWithdrawn)
    assert told[1].reason_code == "pool"


async def test_a_laboratory_that_says_that_it_is_a_pool_opens_no_case(database: Database) -> None:
    await find(database, a_result("T-1", P, pool_size=10))
    assert [type(one) for one in await events(database)] == [PoolPositive]
    await tell(database, a_tube("T-1", 1, 2))
    assert [type(one) for one in await events(database)] == [PoolPositive, PeopleToldToStay]


async def test_a_pool_by_its_row_that_is_a_single_tube_is_a_case_after_all(database: Database) -> None:
    await find(database, a_result("T-1", P, pool_size=10))
    await tell(database, a_tube("T-1", 1, size=1))
    told = await events(database)
    assert [type(one) for one in told] == [PoolPositive, SamplePositive, PoolWithdrawn]
    assert isinstance(told[1], SamplePositive)
    assert told[1].person_id == person(1)


@pytest.mark.parametrize("result", [P, N, I])
async def test_a_single_tube_gives_its_result_the_person_whichever_comes_first(
    database: Database, result: Result
) -> None:
    await tell(database, a_tube("T-1", 1, size=1))
    await find(database, a_result("T-1", result))
    assert len(await events(database)) == 1
    await find(database, a_result("T-2", result))
    await tell(database, a_tube("T-2", 2, size=1))
    told = hear(await events(database))
    assert {whose: found for whose, _, found in told.samples.values()} == {
        person(1): result,
        person(2): result,
    }
    assert len(told.cases) == (2 if result is P else 0)


async def test_each_member_is_cleared_or_positive_alone_and_then_the_pool_is_resolved(
    database: Database,
) -> None:
    await tell(database, a_tube("T-1", 1, 2, 3))
    pool = a_result("T-1", P)
    await find(database, pool)
    for number, result in ((1, N), (2, P), (3, I)):
        await tell(database, a_tube(f"S-{number}", number, size=1, at=EVENING))
        await find(database, a_result(f"S-{number}", result, at=EVENING + HOUR, sampled_at=EVENING))
    now = await state(database)
    assert [row["state"] for row in now["members"]].count("pending") == 1
    assert not any(isinstance(one, PoolResolved) for one in await events(database))
    later = EVENING + 2 * HOUR
    await find(database, a_result("L-1", N, at=later + HOUR, sampled_at=later, person_id=person(3)))
    told = await events(database)
    (resolved,) = (one for one in told if isinstance(one, PoolResolved))
    assert (resolved.cleared, resolved.positive, resolved.occurred_at) == (2, 1, later + HOUR)
    assert len(hear(told).cases) == 1


async def test_a_retest_of_somebody_without_a_name_names_the_sample(database: Database) -> None:
    nameless = a_member(0, person_id=None, position=1)
    told = a_tube("T-1", nameless)
    await tell(database, told)
    await find(database, a_result("T-1", I))
    again = a_member(0, EVENING, person_id=None, position=1, retest_of=told.sample_ids[0])
    await tell(database, a_tube("S-1", again, size=1, at=EVENING))
    await find(database, a_result("S-1", N, at=EVENING + HOUR))
    (member,) = (await state(database))["members"]
    assert member["state"] == "cleared"


async def test_a_correction_of_a_pool_reaches_its_members(database: Database) -> None:
    await tell(database, a_tube("T-1", 1, 2))
    found = a_result("T-1", N)
    await find(database, found)
    assert hear(await events(database)).settled() == {person(1): {N}, person(2): {N}}
    await correct(database, found, P, EVENING)
    heard = hear(await events(database))
    assert (heard.settled(), heard.cases) == ({}, set())
    assert heard.to_stay == {pool_id_of(found): {person(1), person(2)}}
    await correct(database, found, N, EVENING + HOUR)
    heard = hear(await events(database))
    assert heard.settled() == {person(1): {N}, person(2): {N}}
    assert (heard.pools, heard.to_stay) == ({}, {})
    assert not any(row["state"] == "pending" for row in (await state(database))["members"])


async def test_a_correction_of_a_single_tube_tells_whose_it_is(database: Database) -> None:
    await tell(database, a_tube("T-1", 1, size=1))
    found = a_result("T-1", P)
    await find(database, found)
    await correct(database, found, N, EVENING)
    heard = hear(await events(database))
    assert (heard.settled(), heard.cases) == ({person(1): {N}}, set())


async def test_another_laboratory_decides_what_was_unclear_and_undoes_no_positive(
    database: Database,
) -> None:
    await tell(database, a_tube("T-1", 1, 2), a_tube("T-2", 3, 4))
    await find(database, a_result("T-1", I), a_result("T-2", P))
    others = [a_result(code, N, institution=HOSPITAL, at=EVENING) for code in ("T-1", "T-2")]
    await find(database, *others)
    heard = hear(await events(database))
    assert heard.settled() == {person(1): {N}, person(2): {N}}
    assert list(heard.to_stay.values()) == [{person(3), person(4)}]
    flags = [row["flags"] for row in (await state(database))["tubes"]]
    assert all("results-differ" in one for one in flags)


async def test_a_result_obtained_before_the_tube_was_opened_clears_nobody(database: Database) -> None:
    early = MORNING - HOUR
    await find(database, a_result("T-1", N, at=early, sampled_at=early - HOUR))
    await tell(database, a_tube("T-1", 1, 2))
    (row,) = (await state(database))["tubes"]
    assert (row["is_open"], row["result"], row["flags"]) == (True, None, ["result-before-sampling"])
    assert hear(await events(database)).settled() == {}


async def test_a_result_of_another_county_is_of_another_tube(database: Database) -> None:
    await tell(database, a_tube("T-1", 1, 2))
    await find(database, a_result("T-1", N, division="500101001001"))
    assert (await state(database))["tubes"][0]["is_open"]


async def test_steps_wait_for_their_tube_and_are_flagged_out_of_order(database: Database) -> None:
    await step(database, a_step(StepKind.RECEIVED, "T-1", MORNING + 5 * HOUR))
    await tell(database, a_tube("T-1", 1))
    await step(database, a_step(StepKind.SEALED, "T-1", MORNING + 6 * HOUR))
    (row,) = (await state(database))["tubes"]
    assert (row["sealed_at"], row["arrived_at"]) == (MORNING + 6 * HOUR, MORNING + 5 * HOUR)
    assert (row["flags"], row["laboratory"]) == (["out-of-order"], "500104-cdc")


async def test_what_happens_to_a_box_happens_to_the_tubes_in_it(database: Database) -> None:
    await tell(database, a_tube("T-1", 1), a_tube("T-2", 2), a_tube("T-3", 3))
    boxed = MORNING + HOUR
    await step(database, a_step(StepKind.HANDED_OVER, None, boxed + HOUR, box="B-1"))
    await step(
        database,
        a_step(StepKind.BOXED, "T-1", boxed, box="B-1"),
        a_step(StepKind.BOXED, "T-2", boxed + 2 * HOUR, box="B-1"),
    )
    await step(database, a_step(StepKind.RECEIVED, None, boxed + 3 * HOUR, box="B-1"))
    await step(database, a_step(StepKind.RECEIVED, None, boxed + timedelta(days=2), box="B-1"))
    rows = {row["code"]: row for row in (await state(database))["tubes"]}
    assert [rows[code]["handed_over_at"] for code in ("T-1", "T-2", "T-3")] == [boxed + HOUR, None, None]
    assert [rows[code]["arrived_at"] for code in ("T-1", "T-2", "T-3")] == [boxed + 3 * HOUR] * 2 + [None]


async def test_a_tube_or_step_that_names_another_divisions_point_is_kept_and_flagged(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        for code, where, serves in (("near", ANOTHER_VILLAGE, A_VILLAGE), ("far", OUTSIDE, OUTSIDE)):
            point = PointStated(code, where, PointKind.FIXED, "采样点", "路口", (serves,), (), ())
            await sampling_points.keep(connection, point, NOW)
    told = [a_tube(f"T-{code}", number, point=code) for number, code in enumerate(("near", "far", "new"), 1)]
    assert [one.verdict for one in await tell(database, *told)] == ["stored"] * 3
    sealed = a_step(StepKind.SEALED, "T-new", MORNING + HOUR, division=A_VILLAGE, place="far")
    at_home = a_step(StepKind.SEALED, "T-near", MORNING + HOUR, division=A_VILLAGE, place="near")
    received = a_step(StepKind.RECEIVED, "T-near", MORNING + 2 * HOUR, place="far")  # a room of that name
    assert [one.verdict for one in await step(database, sealed, at_home, received)] == ["stored"] * 3
    flags = {row["code"]: row["flags"] for row in (await state(database))["tubes"]}
    assert flags == {"T-near": [], "T-far": ["other-point"], "T-new": ["other-point"]}
    report = await read_tube(database, told[2].head.tube_id, ("", "~"))
    assert [one.flags for one in report.chain.steps] == [(Flag.OTHER_POINT,)]
    await find(database, a_result("T-far"))
    (far,) = (row for row in (await state(database))["tubes"] if row["code"] == "T-far")
    assert (far["is_open"], far["flags"]) == (False, ["other-point"]), "what was sampled is settled"
