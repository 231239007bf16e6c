"""Everybody stands on exactly one list: the rule's order, and the counts after whatever was done."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.actions.plans.change_stages import change_stages
from services.registration.actions.plans.place_people import place_people, review_places, sweep_places
from services.registration.actions.plans.release_plans import release_complete_plans
from services.registration.actions.plans.request_handovers import attend_handovers
from services.registration.actions.plans.take_samples import take_samples
from services.registration.actions.returns.record_returns import record_returns
from services.registration.rules.plans.care_list import (
    CareFacts,
    CareList,
    PlanStanding,
    place,
    review_on,
)
from shared.policy.release import Window
from shared.postgres import Database
from shared.vocabulary import Result
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.clocks import MovableClock
from tests.keys import a_key
from tests.registration.plans.plan_rows import fall_ill, lay_person, lay_plan, recover, rows
from tests.registration.plans.test_stage_changes import RULE, at, day
from tests.registration.plans.test_taking_samples import a_sample
from tests.registration.returns.keeping import KEEPING, MEASURES
from tests.registration.returns.stories import a_person
from tests.registration.returns.test_merged_people import NOW, told
from tests.registration.statements import a_return
from tests.waiting import until

TODAY = date(2021, 2, 9)
WINDOW = Window(clause=("town §16",), days_before=0)
SITE = PlanStanding(CareList.IN_CENTRAL_QUARANTINE, TODAY + timedelta(days=14), is_held=False)
HOME = PlanStanding(CareList.AT_HOME, TODAY + timedelta(days=14), is_held=False)
ENDING = PlanStanding(CareList.AT_HOME, TODAY, is_held=False)
OVER = PlanStanding(CareList.AT_HOME, TODAY - timedelta(days=3), is_held=False)

CASES: list[tuple[dict[str, Any], CareList | None]] = [
    ({}, None),
    ({"is_expected": True}, CareList.EXPECTED),
    ({"is_expected": True, "had_plan": True}, CareList.EXPECTED),
    ({"is_expected": True, "plan": HOME}, CareList.AT_HOME),
    ({"has_unregistered_return": True}, CareList.ARRIVED_UNREGISTERED),
    ({"has_unregistered_return": True, "plan": HOME}, CareList.ARRIVED_UNREGISTERED),
    ({"has_registered_return": True}, CareList.RELEASED),
    ({"had_plan": True}, CareList.RELEASED),
    ({"plan": SITE}, CareList.IN_CENTRAL_QUARANTINE),
    ({"plan": SITE, "awaits_transfer": True}, CareList.AWAITING_TRANSFER),
    ({"plan": HOME, "awaits_transfer": True}, CareList.AWAITING_TRANSFER),
    ({"plan": HOME}, CareList.AT_HOME),
    (
        {"plan": PlanStanding(CareList.IN_COMMUNITY_MANAGEMENT, HOME.last_day, False)},
        CareList.IN_COMMUNITY_MANAGEMENT,
    ),
    ({"plan": ENDING}, CareList.TO_BE_RELEASED),
    ({"plan": OVER}, CareList.TO_BE_RELEASED),
    ({"plan": ENDING, "awaits_transfer": True}, CareList.AWAITING_TRANSFER),
    ({"plan": ENDING, "has_symptoms": True}, CareList.SYMPTOMATIC),
    ({"plan": PlanStanding(CareList.AT_HOME, HOME.last_day, True)}, CareList.SYMPTOMATIC),
    ({"had_plan": True, "has_symptoms": True}, CareList.SYMPTOMATIC),
    ({"is_positive": True}, CareList.SYMPTOMATIC),
    ({"has_unregistered_return": True, "has_symptoms": True}, CareList.SYMPTOMATIC),
]


@pytest.mark.requirement("health-monitoring")
@pytest.mark.parametrize(("facts", "care_list"), CASES)
def test_what_needs_somebody_first_comes_first(facts: dict[str, Any], care_list: CareList | None) -> None:
    assert place(CareFacts(**facts), TODAY) is care_list


def test_the_last_day_moves_a_person_and_time_alone_says_when() -> None:
    for number, care_list in ((13, CareList.AT_HOME), (14, CareList.TO_BE_RELEASED)):
        assert place(CareFacts(plan=HOME), TODAY + timedelta(days=number)) is care_list
    assert review_on(CareFacts(plan=HOME), TODAY) == HOME.last_day
    assert review_on(CareFacts(plan=ENDING), TODAY) is None
    assert review_on(CareFacts(is_expected=True), TODAY) is None


stage_lists = (CareList.IN_CENTRAL_QUARANTINE, CareList.AT_HOME, CareList.IN_COMMUNITY_MANAGEMENT)
plans = st.builds(
    PlanStanding,
    st.sampled_from(stage_lists),
    st.integers(-5, 30).map(lambda number: TODAY + timedelta(days=number)),
    st.booleans(),
)
facts = st.builds(CareFacts, *[st.booleans()] * 4, st.none() | plans, *[st.booleans()] * 3)


@given(facts)
def test_everybody_with_any_fact_stands_on_exactly_one_list(facts: CareFacts) -> None:
    care_list = place(facts, TODAY)
    assert (care_list is None) is (facts == CareFacts() or facts == CareFacts(awaits_transfer=True))


@given(facts, st.integers(1, 40))
def test_nobody_moves_by_time_before_the_day_of_the_review(facts: CareFacts, ahead: int) -> None:
    later, review = TODAY + timedelta(days=ahead), review_on(facts, TODAY)
    if review is None or later < review:
        assert place(facts, later) is place(facts, TODAY)


async def placed(database: Database) -> dict[UUID, str | None]:
    return {row["person_id"]: row["list"] for row in await rows(database, "SELECT * FROM care_place")}


async def _returned(database: Database, person_id: UUID, state: str, at_: datetime) -> None:
    registered = at_ if state == "registered" else None
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO return_record (return_id, division, reference, state, arrived_at, "
            "arrival_recorded_at, arrival_source, registered_at, registration_recorded_at, "
            "registration_source, first_received_at, changed_at, person_id, last_arrival_at) "
            "VALUES ($1, $2, 'r-1', $3, $4, $4, 'self', $5, $5, $6, $4, $4, $7, $4)",
            uuid4(),
            A_VILLAGE,
            state,
            at_,
            registered,
            registered and "village",
            person_id,
        )


@pytest.mark.parametrize("care_list", ["at-home", "in-community-management"])
async def test_the_policy_says_on_which_list_a_stage_puts_people(database: Database, care_list: str) -> None:
    kinds = tuple(
        kind.model_copy(update={"care_list": care_list}) if kind.id == "home-monitoring" else kind
        for kind in MEASURES.kinds
    )
    law = replace(KEEPING.law, measures=replace(MEASURES, kinds=kinds))
    said = replace(told(1, 5), registered_at=NOW - timedelta(hours=4))
    (recorded,) = await record_returns(database, [said], replace(KEEPING, law=law), now=NOW)
    (plan,) = await rows(database, "SELECT stage_kind FROM plan")
    assert plan["stage_kind"] == "home-monitoring"
    assert (await placed(database))[recorded.held.person_id] == care_list  # pyright: ignore[reportArgumentType]


@pytest.mark.requirement("entry-14-7-7")
async def test_a_person_goes_through_the_lists(database: Database) -> None:
    laid = await lay_plan(database, tests=(14,))
    person = laid.person_id

    async def stands(now: datetime) -> str | None:
        await attend_handovers(database, RULE, now=now)
        await change_stages(database, RULE, now=now)
        await review_places(database, now=now)
        await release_complete_plans(database, now=now)
        return (await placed(database)).get(person)

    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO transfer VALUES ($1, $2, 't-1', $3, 'awaiting', $4, $4, NULL, NULL, $4, $4)",
            uuid4(),
            A_VILLAGE,
            person,
            at(0),
        )
        await place_people(connection, [person], now=at(0, 12))
    assert await stands(at(0, 12)) == "awaiting-transfer"
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE transfer SET state = 'arrived', arrived_at = $1, arrival_recorded_at = $1", at(0, 20)
        )
        await place_people(connection, [person], now=at(0, 20))
    assert await stands(at(0, 20)) == "in-central-quarantine"
    assert await stands(at(15)) == "awaiting-transfer", "nobody has confirmed that they came home"
    async with database.transaction() as connection:
        await connection.execute("UPDATE handover SET state = 'confirmed', confirmed_at = $1", at(15))
        await place_people(connection, [person], now=at(15, 1))
    assert await stands(at(15, 1)) == "at-home"
    async with database.transaction() as connection:
        await fall_ill(connection, person, at(20))
        await place_people(connection, [person], now=at(20))
    assert await stands(at(20)) == "symptomatic"
    async with database.transaction() as connection:
        await recover(connection, person, at(21))
        await place_people(connection, [person], now=at(21))
    assert await stands(at(27, 23)) == "at-home"
    assert await stands(at(28)) == "to-be-released"
    assert await stands(at(29)) == "to-be-released", "a test is missing"
    await take_samples(database, [a_sample(person, 28)], WINDOW, now=at(29, 10))
    assert await stands(at(29, 10)) == "released"


async def test_two_who_change_one_person_at_once_leave_them_where_both_facts_put_them(
    database: Database,
) -> None:
    people = [await lay_person(database) for _ in range(8)]

    async def return_(person: UUID) -> None:
        async with database.transaction() as connection:
            await fall_ill(connection, person, at(1))
            await asyncio.sleep(0)
            await place_people(connection, [person], now=at(1))

    async def arrive(person: UUID) -> None:
        await _returned(database, person, "unregistered", at(0))
        async with database.transaction() as connection:
            await place_people(connection, people, now=at(1))

    await asyncio.gather(*(one(person) for person in people for one in (return_, arrive)))
    assert await placed(database) == dict.fromkeys(people, "symptomatic")
    assert (await sweep_places(database, UUID(int=0), now=at(1)))[1] == 0


async def test_after_whatever_was_done_everybody_is_counted_once(database: Database) -> None:
    dice, now = random.Random(20210209), at(0, 8)
    people: list[UUID] = []

    async def act() -> None:
        nonlocal now
        person = dice.choice(people) if people else None
        match dice.randrange(9):
            case 0 | 1:
                laid = await lay_plan(database, zero=day(0), tests=(7, 14))
                people.append(laid.person_id)
                await _place(database, [laid.person_id], now)
            case 2:
                people.append(await lay_person(database))
                await _returned(database, people[-1], dice.choice(["registered", "unregistered"]), at(0))
                await _place(database, [people[-1]], now)
            case 3:
                now += timedelta(hours=dice.randrange(1, 60))
                await attend_handovers(database, RULE, now=now)
                await change_stages(database, RULE, now=now)
                await release_complete_plans(database, now=now)
                await review_places(database, now=now)
            case 4 | 5 if person:
                result = dice.choice([Result.NEGATIVE, Result.NEGATIVE, Result.POSITIVE])
                number = max(0, (now - at(0)).days)
                await take_samples(database, [a_sample(person, number, result=result)], WINDOW, now=now)
            case 6 if person:
                async with database.transaction() as connection:
                    await fall_ill(connection, person, now)
                    await place_people(connection, [person], now=now)
            case 7 if person:
                async with database.transaction() as connection:
                    await recover(connection, person, now)
                    await place_people(connection, [person], now=now)
            case _ if len(people) > 1:
                one, other = dice.sample(people, 2)
                await _merge(database, one, other, now)
            case _:
                pass

    for _ in range(150):
        await act()
    _, moved = await sweep_places(database, UUID(int=0), now=now)
    assert moved == 0, "whoever changed something placed the people it concerned"
    standing = await rows(database, "SELECT person_id FROM person WHERE merged_into IS NULL")
    stands = await placed(database)
    lists = Counter(stands[row["person_id"]] for row in standing)
    assert None not in lists
    assert sum(lists.values()) == len(standing)
    assert len(lists) > 3, lists


async def _place(database: Database, people: list[UUID], now: datetime) -> None:
    async with database.transaction() as connection:
        await place_people(connection, people, now=now)


async def _merge(database: Database, one: UUID, other: UUID, now: datetime) -> None:
    """Merge whoever has no open plan and was not merged, as the queue of suspects does."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE person SET merged_into = $1 WHERE person_id = $2 AND merged_into IS NULL "
            "AND NOT EXISTS (SELECT FROM plan WHERE plan.person_id = $2 AND state = 'open') "
            "AND NOT EXISTS (SELECT FROM person AS third WHERE third.merged_into = $2) "
            "AND (SELECT merged_into FROM person WHERE person_id = $1) IS NULL",
            one,
            other,
        )
        await place_people(connection, [one, other], now=now)


async def test_the_lists_over_http(
    moving_town: httpx.AsyncClient, movable_clock: MovableClock, database: Database, database_url: str
) -> None:
    movable_clock.set(at(1, 9))
    here = [await lay_plan(database) for _ in range(3)]
    await lay_plan(database, division=ANOTHER_VILLAGE)
    await lay_plan(database, division=OUTSIDE)

    async def counted() -> Any:
        whole = (await moving_town.get("/v1/care-lists")).json()
        return whole if whole["total"] == 4 else None

    whole = await until(counted, what="the sweep has placed everybody")
    assert (whole["division"], whole["lists"]["in-central-quarantine"]) == (JIANSHENG, 4)
    assert set(whole["lists"]) == set(CareList)
    below = {child["division"]: child["total"] for child in whole["children"]}
    assert (below[A_VILLAGE], below[ANOTHER_VILLAGE], sum(below.values())) == (3, 1, 4)
    narrowed = (await moving_town.get("/v1/care-lists", params={"division": A_VILLAGE})).json()
    assert (narrowed["total"], narrowed["children"]) == (3, [])
    page = (await moving_town.get("/v1/care-lists/in-central-quarantine", params={"limit": 3})).json()
    assert {item["person_id"] for item in page["items"]} == {str(laid.person_id) for laid in here}
    assert page["items"][0]["last_day"] == day(28).isoformat()
    assert len((await moving_town.get(page["next"])).json()["items"]) == 1
    unknown = await moving_town.get("/v1/care-lists/somewhere")
    assert (unknown.status_code, unknown.json()["problems"][0]["field"]) == (422, "name")
    assert (await moving_town.get("/v1/care-lists", params={"division": OUTSIDE})).status_code == 403
    neighbour = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE)}"}
    assert (await moving_town.get("/v1/care-lists", headers=neighbour)).json()["total"] == 1

    async def shown() -> bool:
        return (
            'registration_people{list="in-central-quarantine"} 5.0'
            in (await moving_town.get("/metrics")).text
        )

    await until(shown, seconds=40, what="the gauge")


@pytest.mark.requirement("preregistration")
async def test_the_doors_place_people_in_their_own_transactions(
    moving_town: httpx.AsyncClient, movable_clock: MovableClock, database: Database
) -> None:
    movable_clock.set(at(1, 9))
    who = a_person()

    async def stands() -> str:
        lists = (await moving_town.get("/v1/care-lists")).json()["lists"]
        (only,) = [name for name, people in lists.items() if people]
        assert lists[only] == 1
        return only

    announced = {
        "reference": "P-1",
        "division": A_VILLAGE,
        "source": "village",
        "person": {**who, "contact": {"name": "诸葛亮", "telephone": "13900000001", "relation": "父亲"}},
        "origin": "130104",
        "transport": {"kind": "train", "number": "G1709"},
        "intended_on": day(2).isoformat(),
        "health": "well",
    }
    assert (await moving_town.post("/v1/preregistrations", json=announced)).status_code == 201
    assert await stands() == "expected"
    row = a_return(at(1, 6), person=who, origin="130104", returning_worker=True)
    assert (await moving_town.post("/v1/returns", json=row)).status_code == 201
    assert await stands() == "arrived-unregistered"
    told_again = {**row, "registered_at": at(1, 8).isoformat()}
    returned = (await moving_town.post("/v1/returns", json=told_again)).json()
    assert await stands() == "at-home"
    person = returned["person_id"]
    transfer = {
        "reference": "T-1",
        "division": A_VILLAGE,
        "person_id": person,
        "decided_at": at(1, 8).isoformat(),
    }
    assert (await moving_town.post("/v1/transfers", json=transfer)).status_code == 201
    assert await stands() == "at-home", "a transfer moves nobody whose plan is at home"
    assert (await sweep_places(database, UUID(int=0), now=movable_clock.now()))[1] == 0
