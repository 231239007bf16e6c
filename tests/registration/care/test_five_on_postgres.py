"""Five for one on a real database: who gets whom, when, and that nobody is given twice."""

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.registration.actions.care.assign_five import assign_five
from services.registration.actions.care.fill_grid import GridTools, drop_responsibility
from services.registration.actions.care.reassign_charge import ChargeOrder, reassign_charge, settle_person
from services.registration.actions.care.take_care_figures import take_care_figures
from services.registration.actions.returns.reconcile_returns import reconcile_returns
from services.registration.actions.returns.record_returns import record_returns
from services.registration.rules.care.grid import GridPlace
from services.registration.storage import charges, grid
from services.registration.storage.grid import responsibility_id_of, staff_id_of
from shared.errors import Conflict, InvalidInput, NotFound
from shared.postgres import Connection, Database
from shared.verdicts import Verdict
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.registration.care.conftest import REGISTER
from tests.registration.care.seeds import (
    FIVE,
    NOW,
    OPERATOR,
    a_known_return,
    a_person,
    a_plan,
    a_whole_five,
    end_plan,
    fill,
    responsible,
    staff,
)
from tests.registration.care.test_grid_rules import LAW
from tests.registration.returns.keeping import KEEPING
from tests.registration.returns.keeping import LAW as RETURN_LAW
from tests.registration.returns.test_merged_people import told

pytestmark = pytest.mark.requirement("five-to-one")


def everywhere(_: str) -> bool:
    return True


def nowhere(_: str) -> bool:
    return False


async def settle(database: Database) -> None:
    """Let the duty look until nobody waits."""
    while (await assign_five(database, LAW, now=NOW)).looks:
        pass


async def held_by(database: Database, person_id: UUID) -> dict[str, str]:
    async with database.connection() as connection:
        return {one.charge.role: one.key for one in await charges.charges_of(connection, [person_id])}


async def missing_of(database: Database, person_id: UUID) -> tuple[str, ...] | None:
    async with database.connection() as connection:
        found = await charges.find_under_care(connection, person_id)
    assert found is not None
    return found.missing


async def events_of(database: Database) -> Counter[str]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT subject FROM outbox")
    return Counter(row["subject"].split(".")[1] for row in rows)


async def test_every_query_fits_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        for queries in (grid.QUERIES, charges.QUERIES):
            for name in queries.names():
                await connection.prepare(queries.sql(name))


@pytest.mark.parametrize("seed", [a_plan, a_known_return])
async def test_with_a_plan_or_a_return_somebody_gets_five_and_with_neither_nobody(
    database: Database, tools: GridTools, seed: Any
) -> None:
    await fill(tools, *a_whole_five())
    async with database.transaction() as connection:
        person, other = await a_person(connection), await a_person(connection)
        await seed(connection, person)
    await settle(database)
    assert await held_by(database, person) == {role: f"{role}-1" for role in FIVE}
    assert await missing_of(database, person) == ()
    assert await missing_of(database, other) is None
    assert await events_of(database) == {"charge-assigned": 5}


async def test_who_lacks_somebody_gets_them_when_the_grid_changes(
    database: Database, tools: GridTools
) -> None:
    async with database.transaction() as connection:
        person = await a_person(connection)
        await a_plan(connection, person)
    await settle(database)
    assert await missing_of(database, person) == FIVE
    await fill(tools, staff("cadre-1", "town-cadre"), responsible("cadre-1", "town-cadre", JIANSHENG))
    await settle(database)
    assert await held_by(database, person) == {"town-cadre": "cadre-1"}
    assert await missing_of(database, person) == FIVE[1:]
    figures = await take_care_figures(database, REGISTER, LAW, now=NOW)
    lacking = {role: figures.people_without[role, "500104"] for role in FIVE}
    assert lacking == {"town-cadre": 0} | dict.fromkeys(FIVE[1:], 1)
    await fill(tools, *a_whole_five(), *a_whole_five(2, ANOTHER_VILLAGE))
    await settle(database)
    assert await missing_of(database, person) == ()


async def test_when_the_plan_ends_the_charges_end(database: Database, tools: GridTools) -> None:
    await fill(tools, *a_whole_five())
    async with database.transaction() as connection:
        person = await a_person(connection)
        await a_known_return(connection, person)
        plan = await a_plan(connection, person)
    await settle(database)
    async with database.transaction() as connection:
        await end_plan(connection, plan)
    await settle(database)
    assert await held_by(database, person) == {}
    assert await missing_of(database, person) is None
    async with database.connection() as connection:
        former = await charges.former_charges_of(connection, person)
    assert {one.ended_for for one in former} == {"management-ended"}
    assert await events_of(database) == {"charge-assigned": 5, "charge-ended": 5}


async def test_when_somebody_leaves_everything_of_theirs_goes_evenly_to_others(
    database: Database, tools: GridTools
) -> None:
    workers = [f"worker-{number}" for number in (1, 2, 3)]
    for key in workers:
        await fill(tools, staff(key, "grid-worker"), responsible(key, "grid-worker"))
    async with database.transaction() as connection:
        people = [await a_person(connection) for _ in range(30)]
        for person in people:
            await a_plan(connection, person)
    await settle(database)
    assert await loads(database, people) == dict.fromkeys(workers, 10)
    assert await fill(tools, staff("worker-2", "grid-worker", working=False)) == [Verdict.STORED]
    await settle(database)
    assert await loads(database, people) == {"worker-1": 15, "worker-3": 15}
    await drop_responsibility(
        database,
        responsibility_id_of("worker-3", "grid-worker", GridPlace(A_VILLAGE)),
        principal=OPERATOR,
        now=NOW,
    )
    await settle(database)
    assert await loads(database, people) == {"worker-1": 30}
    assert await fill(tools, staff("worker-2", "grid-worker", working=False)) == [Verdict.DUPLICATE]


async def loads(database: Database, people: list[UUID]) -> dict[str, int]:
    async with database.connection() as connection:
        held = await charges.charges_of(connection, people)
    return dict(Counter(one.key for one in held if one.charge.role == "grid-worker"))


async def test_duties_at_once_give_nobody_twice_and_stay_even(database: Database, tools: GridTools) -> None:
    for number in range(5):
        await fill(
            tools, staff(f"worker-{number}", "grid-worker"), responsible(f"worker-{number}", "grid-worker")
        )
    async with database.transaction() as connection:
        people = [await a_person(connection) for _ in range(200)]
        for person in people:
            await a_plan(connection, person)
            await a_known_return(connection, person)

    async def one_process() -> None:
        while (await assign_five(database, LAW, now=NOW, most=7)).looks:
            pass

    await asyncio.gather(*(one_process() for _ in range(4)))
    found = await loads(database, people)
    assert set(found.values()) == {40}
    assert await events_of(database) == {"charge-assigned": 200}


async def test_an_order_replaces_who_answers_and_tells_both(database: Database, tools: GridTools) -> None:
    await fill(tools, *a_whole_five(), *a_whole_five(2), *a_whole_five(3, ANOTHER_VILLAGE))
    async with database.transaction() as connection:
        person, stranger = await a_person(connection), await a_person(connection)
        await a_plan(connection, person)
    await settle(database)
    before = (await events_of(database))["charge-assigned"]

    async def order(role: str, key: str, whom: UUID = person, reaches: Any = everywhere) -> None:
        await reassign_charge(database, LAW, whom, ChargeOrder(role, key), reaches=reaches, now=NOW)

    for key in ("grid-worker-2", "grid-worker-2", "grid-worker-1"):
        await order("grid-worker", key)
        assert (await held_by(database, person))["grid-worker"] == key
    told = await events_of(database)
    assert (told["charge-assigned"] - before, told["charge-ended"]) == (2, 2)
    async with database.connection() as connection:
        ended = await connection.fetch(
            "SELECT convert_from(body, 'UTF8') AS body FROM outbox "
            "WHERE starts_with(subject, 'registration.charge-ended.') ORDER BY id"
        )
    bodies = [json.loads(one["body"]) for one in ended]
    told_to = [(one["responsible_id"], one["successor_id"]) for one in bodies]
    first, second = (str(staff_id_of(f"grid-worker-{number}")) for number in (1, 2))
    assert told_to == [(first, second), (second, first)], "both are named, by id"
    for role, key in (
        ("district-leader", "grid-worker-1"),
        ("grid-worker", "grid-worker-3"),
        ("grid-worker", "nobody-1"),
    ):
        with pytest.raises(InvalidInput):
            await order(role, key)
    with pytest.raises(Conflict):
        await order("grid-worker", "grid-worker-1", stranger)
    with pytest.raises(NotFound):
        await order("grid-worker", "grid-worker-1", person, nowhere)
    await settle(database)
    assert (await held_by(database, person))["grid-worker"] == "grid-worker-1"


async def test_whoever_moves_or_is_settled_elsewhere_gets_those_who_answer_there(
    database: Database, tools: GridTools
) -> None:
    await fill(
        tools,
        *a_whole_five(),
        *a_whole_five(2, ANOTHER_VILLAGE),
        staff("building-1", "grid-worker"),
        responsible("building-1", "grid-worker", block="1", building="2"),
        staff("building-2", "grid-worker"),
        responsible("building-2", "grid-worker", block="1", building="3"),
    )
    async with database.transaction() as connection:
        person = await a_person(connection)
        await a_plan(connection, person)
    place = GridPlace("", "1", "3")
    await settle_person(database, person, place, reaches=everywhere, now=NOW)
    await settle(database)
    assert (await held_by(database, person))["grid-worker"] == "building-2"
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE person SET division = $2 WHERE person_id = $1", person, ANOTHER_VILLAGE
        )
    await settle(database)
    assert await held_by(database, person) == {role: f"{role}-2" for role in FIVE}


async def test_a_merged_person_keeps_one_five_under_the_id_that_stays(
    database: Database, tools: GridTools
) -> None:
    await fill(tools, *a_whole_five())
    async with database.transaction() as connection:
        kept, merged = await a_person(connection), await a_person(connection)
        await a_plan(connection, merged)
    await settle(database)
    async with database.transaction() as connection:
        await merge(connection, merged, kept)
    await settle(database)
    assert await held_by(database, merged) == {}
    async with database.connection() as connection:
        found = await charges.find_under_care(connection, merged)
    assert found is not None
    assert (found.id, found.missing) == (kept, ())


async def test_whose_only_return_was_another_one_told_again_keeps_nobody(
    database: Database, tools: GridTools
) -> None:
    await fill(tools, *a_whole_five())
    async with database.transaction() as connection:
        person, other = await a_person(connection), await a_person(connection)
        told_twice, kept = await a_known_return(connection, person), await a_known_return(connection, other)
    await settle(database)
    assert len(await held_by(database, person)) == 5
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE return_record SET state = 'withdrawn', withdrawn_into = $2 WHERE return_id = $1",
            told_twice,
            kept,
        )
    await settle(database)
    assert await held_by(database, person) == {}
    assert await missing_of(database, person) is None
    assert await held_by(database, other) == {role: f"{role}-1" for role in FIVE}
    assert await events_of(database) == {"charge-assigned": 10, "charge-ended": 5}


async def test_one_arrival_told_under_two_records_gives_five_once(
    database: Database, tools: GridTools
) -> None:
    """The survivor's own return ends in the one that came earlier, under the other record."""
    await fill(tools, *a_whole_five())
    one, other = await record_returns(database, [told(1, 5), told(2, 9)], KEEPING, now=NOW)
    kept, merged = one.held.person_id, other.held.person_id
    assert kept is not None
    assert merged is not None
    await settle(database)
    assert (len(await held_by(database, kept)), len(await held_by(database, merged))) == (5, 5)
    async with database.transaction() as connection:
        await connection.execute("UPDATE person SET merged_into = $2 WHERE person_id = $1", merged, kept)
        await reconcile_returns(connection, [kept, merged], RETURN_LAW, now=NOW, cause="person-merged")
    await settle(database)
    assert await held_by(database, merged) == {}
    assert await held_by(database, kept) == {role: f"{role}-1" for role in FIVE}
    assert await missing_of(database, kept) == ()
    async with database.transaction() as connection:  # no plan stands: the other record's return does
        before = NOW - timedelta(days=20)
        await connection.execute("UPDATE plan SET state = 'withdrawn', changed_at = $1", before)
    await settle(database)
    assert await held_by(database, kept) == {role: f"{role}-1" for role in FIVE}


async def merge(connection: Connection, merged: UUID, kept: UUID) -> None:
    await connection.execute("UPDATE person SET merged_into = $2 WHERE person_id = $1", merged, kept)
    await connection.execute("UPDATE plan SET person_id = $2 WHERE person_id = $1", merged, kept)


@pytest.mark.requirement("responsibility-grid")
async def test_the_figures_count_villages_and_buildings_that_lack_somebody(
    database: Database, tools: GridTools
) -> None:
    villages = len([one for one in REGISTER.units() if one.level == "village" and one.code[:6] == "500104"])
    figures = await take_care_figures(database, REGISTER, LAW, now=NOW)
    assert {figures.villages_without[role, "500104"] for role in LAW.levels.roles} == {villages}
    await fill(
        tools,
        staff("leader-1", "district-leader", division="500104"),
        responsible("leader-1", "district-leader", "500104"),
        *a_whole_five(),
        staff("secretary-1", "village-secretary"),
        responsible("secretary-1", "village-secretary", block="1", building="2"),
        responsible("secretary-1", "village-secretary", ANOTHER_VILLAGE, building="2"),
    )
    figures = await take_care_figures(database, REGISTER, LAW, now=NOW)
    assert [figures.villages_without[role, "500104"] for role in LAW.levels.roles] == [
        0,
        villages - 1,
        villages - 1,
    ]
    assert figures.buildings_without["500104"] == 1  # the other is covered by the worker of its village
    assert figures.villages_without["district-leader", "500101"] > 0
