"""Due tests on a real database: any order gives the same end, races lose nothing, sums are exact."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.testing.actions.due.ask_tests import (
    ask_of_case,
    ask_of_site_round,
    ask_tests,
    drop_of_case,
    drop_tests,
)
from services.testing.actions.due.fold_coverage import fold_coverage
from services.testing.actions.due.keep_sample_weeks import keep_sample_weeks
from services.testing.actions.due.meet_samples import meet_samples
from services.testing.actions.due.open_due_days import open_due_days, open_rounds
from services.testing.actions.due.open_periods import open_periods
from services.testing.actions.due.read_coverage import read_coverage
from services.testing.actions.due.settle_samples import Taken, settle_samples
from services.testing.actions.due.state_base_numbers import state_base_numbers, state_members
from services.testing.rules.due.asking import Ask, Drop, Source, ask_of_departure, ask_of_plan
from services.testing.rules.due.base_number import BaseNumber, Member
from services.testing.rules.due.law import compile_due_law
from shared.contracts import registration
from shared.contracts.registration import DepartureTestDue, SiteRoundDue
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.divisions import DivisionRegister
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from shared.vocabulary import SubjectKind
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.testing.due.tests_owed import at, day, taken

pytestmark = pytest.mark.requirement("test-all-due")

LAW = compile_due_law(load_pack(PROJECT / "policies" / "chongqing-2021-winter"))
DIVISIONS = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")
NOW = at(0, 10)
PERSON, ANOTHER = UUID(int=71), UUID(int=72)


def reaches(_: str) -> bool:
    return True


def an_ask(number: int, **changes: Any) -> Ask:
    """A plan's test of a person that is due on day `number`."""
    values: dict[str, Any] = {
        "due_id": UUID(int=number),
        "source": Source.PLAN,
        "series": UUID(int=1),
        "division": A_VILLAGE,
        "category": "returning-workers",
        "subject_kind": SubjectKind.PERSON,
        "subject_id": PERSON,
        "from_on": day(number),
        "due_on": day(number),
        "told_at": at(-1),
        **changes,
    }
    return Ask(**values)


async def sampled(database: Database, samples: Sequence[Taken], now: datetime = NOW) -> None:
    async with database.transaction() as connection:
        await settle_samples(connection, samples, now=now)


async def met(database: Database, now: datetime = NOW) -> None:
    """Turns of the duty until nothing is left to be looked at."""
    waiting = None
    while True:
        turn = await meet_samples(database, waiting, now=now)
        waiting = turn.waiting
        if waiting is None and turn.looked_at == 0:
            return


async def state_of(database: Database) -> dict[Any, tuple[bool, int, datetime | None]]:
    """What stands, how much of it is done, and when it was complete."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT due_id, stands, done, settled_at FROM due_test")
    return {row["due_id"]: (row["stands"], row["done"], row["settled_at"]) for row in rows}


async def told(database: Database) -> list[str]:
    """The types of events that were told, in their order."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT subject FROM outbox ORDER BY id")
    return [".".join(row["subject"].split(".")[:2]) for row in rows]


async def test_any_order_and_repetition_gives_the_same_end(database: Database) -> None:
    asks = [an_ask(0), an_ask(1), an_ask(2, series=UUID(int=2), until_on=day(2))]
    drops = [Drop(UUID(int=1), Source.PLAN, A_VILLAGE, at(0))]
    swabs = [taken(at(0, 8), PERSON, sample_id=UUID(int=5)), taken(at(2, 8), PERSON, sample_id=UUID(int=6))]
    steps: list[tuple[str, Any]] = [("ask", one) for one in asks]
    steps += [("drop", one) for one in drops] + [("swab", one) for one in swabs]
    ends: list[Any] = []
    for seed in range(6):
        order = [*steps, *steps]
        random.Random(seed).shuffle(order)
        async with database.transaction() as connection:
            await connection.execute("DELETE FROM due_test; DELETE FROM taken_sample")
        for kind, one in order:
            if kind == "ask":
                await ask_tests(database, [one], now=at(2))
            elif kind == "drop":
                await drop_tests(database, [one], now=at(2))
            else:
                await sampled(database, [one], at(2, 12))
            if seed % 2:
                await met(database, at(2, 12))
        await met(database, at(2, 12))
        ends.append(await state_of(database))
    assert ends == [ends[0]] * len(ends)
    assert ends[0] == {
        UUID(int=0): (True, 1, at(0, 8)),
        UUID(int=1): (False, 0, None),
        UUID(int=2): (True, 1, at(2, 8)),
    }


async def test_what_is_asked_for_again_after_it_was_dropped_stands(database: Database) -> None:
    await ask_tests(database, [an_ask(0)], now=NOW)
    await drop_tests(database, [Drop(UUID(int=0), Source.PLAN, A_VILLAGE, at(0, 1))], now=NOW)
    assert (await state_of(database))[UUID(int=0)][0] is False
    await ask_tests(database, [an_ask(0, told_at=at(0, 2))], now=NOW)
    await drop_tests(database, [Drop(UUID(int=0), Source.PLAN, A_VILLAGE, at(0, 1))], now=NOW)
    assert (await state_of(database))[UUID(int=0)][0] is True


async def test_a_sample_and_its_test_that_are_stored_at_the_same_time_meet(database: Database) -> None:
    async with database.transaction() as connection:
        await settle_samples(connection, [taken(at(0, 8), PERSON)], now=NOW)  # sees no test yet
        await ask_tests(database, [an_ask(0)], now=NOW)  # and the test sees no sample
        turn = await meet_samples(database, None, now=NOW)
        assert (turn.looked_at, turn.waiting is not None) == (0, True)  # the sample's transaction is awaited
    await met(database)
    assert (await state_of(database))[UUID(int=0)] == (True, 1, at(0, 8))


async def test_a_sample_that_must_be_taken_again_opens_its_test(database: Database) -> None:
    await ask_tests(database, [an_ask(0)], now=NOW)
    again = taken(at(0, 8), PERSON, sample_id=UUID(int=5), revision=2, stands=False)
    for order in ([taken(at(0, 8), PERSON, sample_id=UUID(int=5)), again], [again]):
        for one in order:
            await sampled(database, [one])
        assert (await state_of(database))[UUID(int=0)] == (True, 0, None)
    await sampled(database, [taken(at(0, 9), PERSON)])
    assert (await state_of(database))[UUID(int=0)] == (True, 1, at(0, 9))


async def test_the_day_opens_clocks_once_and_a_sample_stops_them(database: Database) -> None:
    await ask_tests(database, [an_ask(0), an_ask(1), an_ask(3)], now=at(-1))
    await met(database)
    await sampled(database, [taken(at(0, 8), PERSON)])
    assert await open_due_days(database, now=at(0, 0) - timedelta(seconds=1)) == 0
    assert await open_due_days(database, now=at(1, 0)) == 1  # the one of day 0 is done
    assert await open_due_days(database, now=at(1, 0)) == 0
    await sampled(database, [taken(at(2, 8), PERSON)], at(2, 9))
    assert await open_due_days(database, now=at(3, 0)) == 1
    await drop_tests(database, [Drop(UUID(int=3), Source.PLAN, A_VILLAGE, at(3, 1))], now=at(3, 1))
    assert await told(database) == [
        "testing.due-opened",
        "testing.due-settled",
        "testing.due-opened",
        "testing.due-dropped",
    ]


@pytest.mark.requirement("rural-environment-sampling")
async def test_a_weeks_round_is_a_line_a_kind_and_a_clock_a_unit(database: Database) -> None:
    kinds = [one.id for one in LAW.kinds.values() if one.category == "rural-public-places"]
    assert len(kinds) == 8
    numbers = [BaseNumber(kind, A_VILLAGE, 2 if kind == "card-room" else 1) for kind in kinds]
    numbers += [BaseNumber(kind, ANOTHER_VILLAGE, 1) for kind in kinds]
    await state_base_numbers(database, numbers, LAW, divisions=DIVISIONS, reaches=reaches, now=at(0))
    while (await open_periods(database, LAW, now=at(0), most=1)).goes_on:
        pass
    await met(database)
    lines = await state_of(database)
    assert len(lines) == 16
    for position, kind in enumerate(kinds):
        await sampled(database, [taken(at(1, 8, position), category=kind)], at(1))
        await sampled(database, [taken(at(1, 9, position), division=ANOTHER_VILLAGE, category=kind)], at(1))
    expected = {JIANSHENG: (17, 16), A_VILLAGE: (9, 8), ANOTHER_VILLAGE: (8, 8)}
    assert await covered(database) == expected
    while await fold_coverage(database):
        pass
    assert await covered(database) == expected
    assert await open_rounds(database, now=at(6, 0)) == 2
    assert await told(database) == ["testing.round-opened"]  # the other unit was complete
    await sampled(database, [taken(at(6, 8), category="card-room")], at(6, 9))
    assert await told(database) == ["testing.round-opened", "testing.round-done"]
    while (await open_periods(database, LAW, now=at(7, 0), most=100)).goes_on:
        pass
    assert len(await state_of(database)) == 32


async def covered(database: Database) -> dict[str, tuple[int, int]]:
    """Due and done of the town and its villages in the first week."""
    found = await read_coverage(database, DIVISIONS, JIANSHENG, day(0), day(6))
    return {one.division: (one.due, one.done) for one in found}


async def test_members_by_name_owe_each_a_test_and_the_line_is_the_rest(database: Database) -> None:
    number = [BaseNumber("couriers", A_VILLAGE, 5)]
    await state_base_numbers(database, number, LAW, divisions=DIVISIONS, reaches=reaches, now=at(0))
    people = [Member("couriers", A_VILLAGE, one, None, "depot-1") for one in (PERSON, ANOTHER)]
    first = await state_members(database, people, LAW, divisions=DIVISIONS, reaches=reaches, now=at(0))
    again = await state_members(database, people, LAW, divisions=DIVISIONS, reaches=reaches, now=at(0))
    assert [one.verdict for one in (*first, *again)] == ["stored", "stored", "duplicate", "duplicate"]

    async def wanted() -> list[tuple[UUID | None, int]]:
        async with database.connection() as connection:
            rows = await connection.fetch(
                "SELECT subject_id, wanted FROM due_test WHERE stands ORDER BY subject_id NULLS LAST"
            )
        return [(row["subject_id"], row["wanted"]) for row in rows]

    assert await wanted() == [(PERSON, 1), (ANOTHER, 1), (None, 3)]
    await met(database)
    swabs = [taken(at(0, 8), PERSON, category="couriers")]
    swabs += [taken(at(0, 9, minute), category="couriers") for minute in range(5)]
    await sampled(database, swabs)
    done = sorted(done for _, done, _ in (await state_of(database)).values())
    assert done == [0, 1, 3]  # a member's sample is not counted for the line, nor more than it wants
    left = [Member("couriers", A_VILLAGE, ANOTHER, None, "depot-1", day(0))]
    await state_members(database, left, LAW, divisions=DIVISIONS, reaches=reaches, now=at(0, 12))
    assert await wanted() == [(PERSON, 1), (None, 4)]
    await met(database)
    assert sorted(done for stands, done, _ in (await state_of(database)).values() if stands) == [1, 4]


@pytest.mark.requirement("quarantine-monitoring")
async def test_a_sites_round_counts_people_and_environment_of_the_site_only(database: Database) -> None:
    event = SiteRoundDue(
        division=JIANSHENG,
        occurred_at=at(0, 6),
        recorded_at=at(0, 6),
        round_id=uuid4(),
        site="health-centre",
        round=1,
        due_at=at(0, 6),
        people=2,
        environment_points=1,
    )
    for _ in range(2):
        await ask_of_site_round(database, event, LAW, now=at(0, 6))
    await met(database)
    people, environment = LAW.sources.site_rounds.people, LAW.sources.site_rounds.environment
    here: dict[str, Any] = {"division": JIANSHENG, "place": "health-centre"}
    await sampled(
        database,
        [
            taken(at(0, 8), PERSON, category=people, **here),
            taken(at(1, 8), PERSON, category=people, **here),  # the same person counts once
            taken(at(0, 8), ANOTHER, category=people, division=JIANSHENG, place="another-site"),
            taken(at(0, 8), category=environment, **here),
        ],
        at(1),
    )
    assert sorted(done for _, done, _ in (await state_of(database)).values()) == [1, 1]
    assert await open_rounds(database, now=at(1, 12)) == 2
    await sampled(database, [taken(at(1, 20), ANOTHER, category=people, **here)], at(1, 21))
    assert await told(database) == ["testing.round-opened", "testing.round-done"]


async def test_whoever_is_on_record_beside_a_case_is_due_at_once_until_it_is_withdrawn(
    database: Database,
) -> None:
    people = [Member("couriers", A_VILLAGE, one, None, "depot-1") for one in (PERSON, ANOTHER)]
    people.append(Member("couriers", A_VILLAGE, UUID(int=73), None, "depot-2"))
    await state_members(database, people, LAW, divisions=DIVISIONS, reaches=reaches, now=at(0))
    sample, case = uuid4(), uuid4()
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO sample_result VALUES"
            " ($1, 1, 'T', 'L', $2, 'pcr', 'positive', $3, $3, $3, $3, 'k', NULL, $4)",
            sample,
            A_VILLAGE,
            NOW,
            PERSON,
        )
    facts: dict[str, Any] = {
        "division": A_VILLAGE,
        "occurred_at": NOW,
        "recorded_at": NOW,
        "case_id": case,
        "sample_id": sample,
    }
    opened = CaseOpened(institution="500104-cdc", **facts)
    facts["occurred_at"] = NOW + timedelta(hours=1)
    withdrawn = CaseWithdrawn(reason_code="mix-up", withdrawn_by="key", **facts)

    async def near() -> list[UUID]:
        async with database.connection() as connection:
            rows = await connection.fetch("SELECT subject_id FROM due_test WHERE source = 'case' AND stands")
        return [row["subject_id"] for row in rows]

    for _ in range(2):
        await ask_of_case(database, opened, LAW, now=NOW)
    assert await near() == [ANOTHER]
    await drop_of_case(database, withdrawn, now=NOW)
    assert await near() == []
    await ask_of_case(database, opened, LAW, now=NOW)  # told late: the withdrawal is known
    assert await near() == []
    assert await told(database) == ["testing.sampling-demanded", "testing.sampling-dropped"]


async def test_plans_and_departures_become_due_tests(database: Database) -> None:
    facts: dict[str, Any] = {
        "division": A_VILLAGE,
        "occurred_at": NOW,
        "recorded_at": NOW,
        "person_id": PERSON,
    }
    plan = registration.TestDue(plan_id=uuid4(), test_id=uuid4(), due_on=day(7), reasons=["contact"], **facts)
    leaving = DepartureTestDue(departure_id=uuid4(), test_id=uuid4(), from_on=day(1), due_on=day(3), **facts)
    first, second = ask_of_plan(plan, LAW), ask_of_departure(leaving, LAW)
    assert (first.category, first.from_on, first.until_on) == ("close-contacts", day(7), None)
    assert (second.category, second.from_on, second.until_on) == ("leaving-residents", day(1), day(3))
    assert ask_of_plan(plan.model_copy(update={"reasons": ["gone"]}), LAW).category == "risk-area-arrivals"
    assert await ask_tests(database, [first, second, first], now=NOW) == {plan.test_id, leaving.test_id}


@pytest.mark.parametrize("seed", range(3))
async def test_sums_are_what_a_count_of_all_rows_gives(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    villages = [A_VILLAGE, ANOTHER_VILLAGE]
    asks = [
        an_ask(
            number,
            series=UUID(int=number),
            subject_id=UUID(int=rng.randint(1, 5)),
            division=rng.choice(villages),
            due_on=day(number % 4),
            from_on=day(0),
        )
        for number in range(12)
    ]

    async def act() -> None:
        kind = rng.choice(["ask", "drop", "swab", "fold", "meet"])
        one = rng.choice(asks)
        if kind == "ask":
            await ask_tests(database, [one], now=NOW)
        elif kind == "drop":
            await drop_tests(database, [Drop(one.due_id, one.source, one.division, at(-2))], now=NOW)
        elif kind == "swab":
            await sampled(database, [taken(at(rng.randint(0, 5), 8), one.subject_id)], at(6))
        elif kind == "fold":
            await fold_coverage(database)
        else:
            await met(database, at(6))

    for _ in range(15):
        await asyncio.gather(*(act() for _ in range(4)))
    found = await read_coverage(database, DIVISIONS, JIANSHENG, day(-9), day(9))
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT division, sum(wanted) AS due, sum(done) AS done,"
            " count(*) FILTER (WHERE settled_on > due_on) AS late"
            " FROM due_test WHERE stands GROUP BY division"
        )
    by_unit = {one.division: (one.due, one.done, one.late) for one in found}
    counted = {row["division"]: (row["due"], row["done"], row["late"]) for row in rows}
    assert {unit: by_unit.get(unit) for unit in counted} == counted
    while await fold_coverage(database):
        pass
    folded = await read_coverage(database, DIVISIONS, JIANSHENG, day(-9), day(9))
    whole = next((one for one in folded if one.division == JIANSHENG), None)
    sums = tuple(sum(part) for part in zip(*counted.values(), strict=True))
    assert not counted or (whole is not None and (whole.due, whole.done, whole.late) == sums)


async def test_samples_lie_in_weeks_that_are_made_and_forgotten(database: Database) -> None:
    async def tables() -> set[str]:
        async with database.connection() as connection:
            rows = await connection.fetch("SELECT tableoid::regclass::text AS name FROM taken_sample")
        return {row["name"] for row in rows}

    assert await keep_sample_weeks(database, now=NOW) == 6
    assert await keep_sample_weeks(database, now=NOW) == 0
    await sampled(database, [taken(at(0, 8), PERSON), taken(at(-20, 8), PERSON)])
    assert await tables() == {"taken_sample_20210208", "taken_sample_other"}
    assert await keep_sample_weeks(database, now=NOW + timedelta(days=120)) > 6
    assert await tables() == set()
