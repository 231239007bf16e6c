"""Merged into somebody who was merged: what was told of any record counts for whoever remains."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from services.registration.actions.care.assign_five import assign_five
from services.registration.actions.people.identify_people import identify_people
from services.registration.actions.plans.place_people import place_people, sweep_places
from services.registration.actions.plans.release_plans import release_complete_plans
from services.registration.actions.quarantine.assign_rooms import assign_rooms
from services.registration.actions.quarantine.move_people import let_go
from services.registration.actions.returns.record_returns import record_returns
from services.registration.rules.plans.facts import Entry
from services.registration.rules.quarantine.stay import LeaveReason, RoomsWanted
from services.registration.rules.returns.journey import Journey
from services.registration.storage import charges, rooms
from services.registration.storage.care_facts import with_open_symptoms
from shared.errors import InvalidInput
from shared.postgres import Database
from tests.builders import A_VILLAGE
from tests.registration.care.seeds import a_known_return
from tests.registration.care.test_grid_rules import LAW as CARE
from tests.registration.people.builders import a_person
from tests.registration.plans.plan_rows import fall_ill, lay_person, lay_plan, recover
from tests.registration.plans.plan_rows import rows as read
from tests.registration.quarantine.test_rooms_at_once import a_site_open
from tests.registration.returns.keeping import KEEPING
from tests.registration.returns.test_merged_people import merge, reconcile, told

NOW = datetime(2021, 2, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOBODY = UUID(int=0)
EVERYWHERE = ("", "~")


async def chain(database: Database, people: list[UUID]) -> None:
    """Each is merged into the next one."""
    for merged, into in pairwise(people):
        await merge(database, merged, into)


async def placed(database: Database) -> dict[UUID, str | None]:
    found = await read(database, "SELECT person_id, list FROM care_place WHERE list IS NOT NULL")
    return {row["person_id"]: row["list"] for row in found}


async def place(database: Database, *people: UUID) -> None:
    async with database.transaction() as connection:
        await place_people(connection, people, now=NOW)


@pytest.mark.requirement("health-monitoring")
async def test_symptoms_of_the_first_record_keep_the_last_from_release(database: Database) -> None:
    first, middle = [await lay_person(database) for _ in range(2)]
    last = (await lay_plan(database, [("home-monitoring", 14)])).person_id
    await chain(database, [first, middle, last])
    async with database.transaction() as connection:
        await fall_ill(connection, first, NOW)
    await place(database, first)
    assert await placed(database) == {last: "symptomatic"}
    async with database.connection() as connection:
        assert await with_open_symptoms(connection) == {last}
        assert await with_open_symptoms(connection, [last]) == {last}
    assert await release_complete_plans(database, now=NOW) == 0
    async with database.transaction() as connection:
        await recover(connection, first, NOW)
    await place(database, first)
    assert await placed(database) == {last: "to-be-released"}
    assert (await sweep_places(database, NOBODY, now=NOW))[1] == 0


@pytest.mark.requirement("five-to-one")
async def test_a_return_of_the_first_record_gives_the_last_their_five(database: Database) -> None:
    people = [await lay_person(database) for _ in range(3)]
    await chain(database, people)
    async with database.transaction() as connection:
        return_id = await a_known_return(connection, people[0])
    await place(database, return_id)
    assert await placed(database) == {people[2]: "arrived-unregistered"}
    assert await under_care(database) == {people[2]}
    async with database.connection() as connection:
        await connection.execute("UPDATE return_record SET state = 'withdrawn'")
        await charges.look_at(connection, [people[0]])
    await place(database, return_id)
    assert await placed(database) == {}
    assert await under_care(database) == set()


async def under_care(database: Database) -> set[UUID]:
    """Let the duty look until nobody waits, and say who is under care then."""
    while (await assign_five(database, CARE, now=NOW)).looks:
        pass
    return {row["person_id"] for row in await read(database, "SELECT person_id FROM under_care")}


@pytest.mark.requirement("quarantine-transfer")
async def test_the_twelve_hours_of_a_merged_record_go_on_and_are_asked_for_once(database: Database) -> None:
    """One record says that the person entered the country, the other that a worker came home."""
    entered = Entry(NOW.date(), here=True, central_completed_on=None)
    abroad = replace(told(2, 9), journey=Journey.of("self", NOW, entry=entered))
    registered = [replace(one, registered_at=NOW) for one in (told(1, 5), abroad)]
    home, away = await record_returns(database, registered, KEEPING, now=NOW)
    kept, merged = home.held.person_id, away.held.person_id
    assert kept is not None
    assert merged is not None
    async with database.transaction() as connection:
        (other,) = await identify_people(connection, KEEPING.sealer, [a_person(3)], now=NOW)
    last = other.person_id
    assert await awaiting(database) == [merged]
    await merge(database, merged, kept)
    await reconcile(database, [merged, kept])
    await merge(database, kept, last)
    await reconcile(database, [kept, last])
    assert await awaiting(database) == [merged]
    assert await placed(database) == {last: "awaiting-transfer"}

    await merge(database, merged, None)
    await reconcile(database, [merged, kept, last], cause="merge-undone")
    assert await awaiting(database) == [merged]
    assert await placed(database) == {last: "at-home", merged: "awaiting-transfer"}


async def awaiting(database: Database) -> list[UUID]:
    found = await read(database, "SELECT person_id FROM transfer WHERE state = 'awaiting'")
    return [row["person_id"] for row in found]


@pytest.mark.requirement("quarantine-sites")
async def test_who_has_a_room_under_a_former_record_is_given_no_second_one(database: Database) -> None:
    first, middle, last = [await lay_person(database) for _ in range(3)]
    await a_site_open(database, "site")
    given = await take(database, first)
    await chain(database, [first, middle, last])
    assert await take(database, last) == given
    assert await take(database, middle) == given
    with pytest.raises(InvalidInput):
        await take(database, last, first)
    left = await let_go(database, [last], reason=LeaveReason.RELEASED, at=NOW, bounds=EVERYWHERE)
    assert [stay.id for stay in left.stays] == given
    async with database.connection() as connection:
        assert await rooms.open_stays(connection, [first, middle, last]) == {}


async def take(database: Database, *people: UUID) -> list[UUID]:
    """Give rooms and return the stays."""
    wanted = RoomsWanted(people, A_VILLAGE, NOW - HOUR)
    return [stay.id for stay in (await assign_rooms(database, wanted, bounds=EVERYWHERE, now=NOW)).stays]
