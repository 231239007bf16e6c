"""Rooms under many writers at once: the lock keeps order, and the database itself refuses what it must."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.registration.actions.quarantine.assign_rooms import (
    Assigned,
    NoRoom,
    StaysElsewhere,
    assign_rooms,
)
from services.registration.actions.quarantine.keep_sites import open_site, state_site
from services.registration.actions.quarantine.move_people import let_go
from services.registration.rules.quarantine.stay import LeaveReason, RoomsWanted
from services.registration.storage import reserve, rooms, sites
from services.registration.wire.sites import SiteBody
from shared.divisions import subtree_bounds
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.registration.quarantine.sites import a_site
from tests.registration.quarantine.sites import rooms as rooms_of

pytestmark = pytest.mark.requirement("quarantine-sites")
NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
TOWN = subtree_bounds(JIANSHENG)
WRITERS = 32
LAW = load_pack(PROJECT / "policies" / "chongqing-2021-winter").quarantine


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=WRITERS)
    yield opened
    await opened.close()


async def a_site_open(database: Database, code: str, **changes: object) -> None:
    assert LAW is not None
    stated = SiteBody.model_validate_json(json.dumps(a_site(**changes))).stated(code)
    await state_site(database, stated, LAW, clause="", bounds=TOWN, now=NOW)
    await open_site(database, code, LAW, reason="r", opened_at=NOW, clause="", bounds=TOWN, now=NOW)


def wanted(*person_ids: UUID, division: str = A_VILLAGE, site: str | None = None) -> RoomsWanted:
    return RoomsWanted(person_ids, division, NOW, site)


async def test_every_query_fits_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        for queries in (sites.QUERIES, rooms.QUERIES, reserve.QUERIES):
            for name in queries.names():
                await connection.prepare(queries.sql(name))


@pytest.mark.parametrize("seed", range(3))
async def test_32_writers_never_book_twice(database: Database, seed: int) -> None:
    """Three sites with 60 beds in 30 rooms; families and single people, some of them asked for twice."""
    order = random.Random(seed)
    await a_site_open(database, "town", rooms=rooms_of(*[2] * 10))
    await a_site_open(database, "village", division=A_VILLAGE, rooms=rooms_of(*[1] * 5, *[3] * 5))
    await a_site_open(database, "beside", division=ANOTHER_VILLAGE, rooms=rooms_of(*[2] * 10))
    families = [tuple(uuid4() for _ in range(order.choice((1, 1, 1, 2, 3)))) for _ in range(40)]
    orders = [family for family in families for _ in range(order.choice((1, 1, 2)))]
    order.shuffle(orders)
    turns = asyncio.Semaphore(WRITERS)

    async def give(family: tuple[UUID, ...]) -> Assigned | None:
        async with turns:
            try:
                division = order.choice((A_VILLAGE, ANOTHER_VILLAGE))
                named = order.choice((None, None, "town"))
                return await assign_rooms(
                    database, wanted(*family, division=division, site=named), bounds=TOWN, now=NOW
                )
            except (NoRoom, StaysElsewhere):  # the second time another site may be named
                return None

    given = await asyncio.gather(*(give(family) for family in orders))
    async with database.connection() as connection:
        stays = await connection.fetch("SELECT * FROM room_stay")
        held = await connection.fetch(
            "SELECT site, room, party_id FROM quarantine_room WHERE party_id IS NOT NULL"
        )
    assert len({(stay["site"], stay["room"], stay["bed"]) for stay in stays}) == len(stays)
    assert len({stay["person_id"] for stay in stays}) == len(stays)
    parties = {(stay["site"], stay["room"]): stay["party_id"] for stay in stays}
    assert {(stay["site"], stay["room"], stay["party_id"]) for stay in stays} == {
        (site, room, party) for (site, room), party in parties.items()
    }
    assert {(row["site"], row["room"]): row["party_id"] for row in held} == parties
    family_of = {person_id: family for family in families for person_id in family}
    for assigned in filter(None, given):
        (family,) = {family_of[stay.person_id] for stay in assigned.stays}
        assert len({stay.site for stay in assigned.stays}) == 1
        assert len(assigned.stays) == len(family)
    rooms_of_singles = Counter(
        (stay["site"], stay["room"]) for stay in stays if len(family_of[stay["person_id"]]) == 1
    )
    assert set(rooms_of_singles.values()) <= {1}
    assert sum(one.is_new for one in given if one) == len({family_of[stay["person_id"]] for stay in stays})


async def test_32_writers_for_the_last_room(database: Database) -> None:
    await a_site_open(database, "town", rooms=rooms_of(3))

    async def give() -> bool:
        try:
            return (await assign_rooms(database, wanted(uuid4()), bounds=TOWN, now=NOW)).is_new
        except NoRoom:
            return False

    assert sum(await asyncio.gather(*(give() for _ in range(WRITERS)))) == 1


async def test_32_writers_for_the_same_family(database: Database) -> None:
    await a_site_open(database, "town", rooms=rooms_of(*[2] * 5))
    family = (uuid4(), uuid4())
    given = await asyncio.gather(
        *(assign_rooms(database, wanted(*family), bounds=TOWN, now=NOW) for _ in range(WRITERS))
    )
    assert sum(one.is_new for one in given) == 1
    assert len({tuple((stay.room, stay.bed) for stay in one.stays) for one in given}) == 1


async def test_giving_and_leaving_at_once_leaves_no_room_held_by_nobody(database: Database) -> None:
    await a_site_open(database, "town", rooms=rooms_of(*[1] * 8))

    async def come_and_go() -> None:
        person_id = uuid4()
        for _ in range(4):
            try:
                await assign_rooms(database, wanted(person_id), bounds=TOWN, now=NOW)
            except NoRoom:
                continue
            await let_go(database, [person_id], reason=LeaveReason.RELEASED, at=NOW, bounds=TOWN)

    await asyncio.gather(*(come_and_go() for _ in range(WRITERS)))
    async with database.connection() as connection:
        assert (
            await connection.fetchval("SELECT count(*) FROM quarantine_room WHERE party_id IS NOT NULL") == 0
        )
        assert await connection.fetchval("SELECT count(*) FROM room_stay WHERE ended_at IS NULL") == 0


INSERT = """
INSERT INTO room_stay (stay_id, site, room, bed, person_id, party_id, division, began_at, received_at)
VALUES (gen_random_uuid(), 'town', $1, $2, $3, $4, '500104102', now(), now())
"""


async def test_the_database_itself_refuses_a_double_booking(database: Database) -> None:
    await a_site_open(database, "town", rooms=rooms_of(2, 2))
    who = uuid4()
    first = await assign_rooms(database, wanted(who), bounds=TOWN, now=NOW)
    stay = first.stays[0]
    breaches: list[tuple[str, int, UUID, UUID, type[Exception]]] = [
        (stay.room, stay.bed, uuid4(), stay.party_id, asyncpg.UniqueViolationError),  # the bed twice
        (stay.room, 2, who, stay.party_id, asyncpg.UniqueViolationError),  # the person twice
        (stay.room, 3, uuid4(), stay.party_id, asyncpg.ForeignKeyViolationError),  # a bed that is not there
        (stay.room, 2, uuid4(), uuid4(), asyncpg.ForeignKeyViolationError),  # a second party in the room
        ("102", 1, uuid4(), uuid4(), asyncpg.ForeignKeyViolationError),  # a room that nobody was given
    ]
    async with database.connection() as connection:
        for room, bed, person_id, party_id, refusal in breaches:
            with pytest.raises(refusal):
                await connection.execute(INSERT, room, bed, person_id, party_id)
        for change in (
            "UPDATE quarantine_room SET party_id = NULL",
            "UPDATE quarantine_room SET party_id = gen_random_uuid()",
            "DELETE FROM quarantine_bed",
        ):
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await connection.execute(change)
