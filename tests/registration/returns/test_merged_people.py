"""Two records that are one person: one return and one plan; a merge undone parts them again."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.registration.actions.people.identify_people import identify_people
from services.registration.actions.returns.reconcile_returns import reconcile_returns
from services.registration.actions.returns.record_returns import record_returns
from services.registration.rules.returns.journey import Journey
from services.registration.rules.returns.return_merge import ReturnSource, ReturnStatement
from shared.postgres import Database
from tests.builders import A_VILLAGE
from tests.registration.people.builders import a_person
from tests.registration.returns.keeping import KEEPING, LAW

NOW = datetime(2021, 2, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=2)
    yield opened
    await opened.close()


def told(number: int, hours: int, **changes: Any) -> ReturnStatement:
    return ReturnStatement(
        reference=f"R-{number}",
        division=A_VILLAGE,
        source=ReturnSource.SELF,
        arrived_at=NOW - hours * HOUR,
        registered_at=None,
        recorded_at=NOW,
        received_from="key",
        person=a_person(number),
        journey=Journey.of("self", NOW, returning_worker=number == 1),
        **changes,
    )


async def merge(database: Database, merged: UUID, into: UUID | None) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE person SET merged_into = $1 WHERE person_id = $2", into, merged)


async def reconcile(database: Database, people: list[UUID], cause: str = "person-merged") -> None:
    async with database.transaction() as connection:
        await reconcile_returns(connection, people, LAW, now=NOW, cause=cause)


async def standing(database: Database, table: str, *columns: str) -> set[tuple[Any, ...]]:
    column, state = ("return_id", "withdrawn") if table == "return_record" else ("plan_id", "withdrawn")
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"SELECT {', '.join(columns)} FROM {table} WHERE state <> $1 ORDER BY {column}", state
        )
    return {tuple(row) for row in rows}


async def events(database: Database) -> list[str]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT subject FROM outbox ORDER BY id")
    return [row["subject"].split(".")[1] for row in rows]


@pytest.mark.requirement("return-registration")
async def test_merged_people_have_one_return_and_parted_ones_two_again(database: Database) -> None:
    one, other = await record_returns(database, [told(1, 9), told(2, 5)], KEEPING, now=NOW)
    first, second = one.held.person_id, other.held.person_id
    assert first is not None
    assert second is not None
    people = [first, second]
    await merge(database, second, first)
    for _ in range(2):
        await reconcile(database, people)
    assert await standing(database, "return_record", "return_id", "arrived_at") == {
        (one.held.id, NOW - 9 * HOUR)
    }
    assert await standing(database, "plan", "person_id", "state") == {(first, "open")}
    (again,) = await record_returns(database, [told(2, 11)], KEEPING, now=NOW)
    assert again.held.id == one.held.id
    assert again.held.arrived.at == NOW - 11 * HOUR

    await merge(database, second, None)
    for _ in range(2):
        await reconcile(database, people)
    held = await standing(database, "return_record", "person_id", "arrived_at")
    assert held == {(first, NOW - 9 * HOUR), (second, NOW - 11 * HOUR)}
    assert {plan[0] for plan in await standing(database, "plan", "person_id")} == {first, second}
    (later,) = await record_returns(database, [told(2, 12)], KEEPING, now=NOW)
    assert later.held.person_id == second
    assert later.held.arrived.at == NOW - 12 * HOUR
    kinds = await events(database)
    assert kinds.count("return-withdrawn") == 1
    assert kinds.count("plan-withdrawn") == 1


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.requirement("return-registration")
async def test_a_plan_goes_back_to_whom_it_was_begun_for(database: Database, closed: bool) -> None:
    """Only one of the two had returned, and the plan went with the return to whoever survived."""
    async with database.transaction() as connection:
        (who,) = await identify_people(connection, KEEPING.sealer, [a_person(1)], now=NOW)
    (returned,) = await record_returns(database, [told(2, 5)], KEEPING, now=NOW)
    survivor, merged = who.person_id, returned.held.person_id
    assert merged is not None
    ((plan_id,),) = await standing(database, "plan", "plan_id")
    await merge(database, merged, survivor)
    await reconcile(database, [survivor, merged])
    assert await standing(database, "plan", "plan_id", "person_id") == {(plan_id, survivor)}
    state = "released" if closed else "open"
    if closed:
        async with database.connection() as connection:
            await connection.execute("UPDATE plan SET state = 'released', released_at = $1", NOW)

    await merge(database, merged, None)
    for _ in range(2):
        await reconcile(database, [survivor, merged])
    assert await standing(database, "plan", "plan_id", "person_id", "state") == {(plan_id, merged, state)}
