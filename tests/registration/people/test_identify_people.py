"""Who is who, on a real database and beside other writers."""

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from services.registration.actions.people.identify_people import Identified, identify_people
from services.registration.actions.people.queue_suspects import look_again
from services.registration.rules.people.person import Contact, PersonStated
from services.registration.storage import people as stored
from shared.postgres import Database
from shared.sealing import Sealer, Unsealable
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE
from tests.registration.people.builders import a_card, a_mobile, a_person
from tests.servers import TEST_SECRETS

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
SEALER = Sealer.parse(TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"])


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=34)
    yield opened
    await opened.close()


async def identify(database: Database, *people: PersonStated) -> list[Identified]:
    async with database.transaction() as connection:
        return await identify_people(connection, SEALER, people, now=NOW)


async def count(database: Database, table: str) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))


async def test_every_query_fits_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        for name in stored.QUERIES.names():
            await connection.prepare(stored.QUERIES.sql(name))


async def test_the_same_identity_number_is_the_same_person(database: Database) -> None:
    person = a_person(1)
    first, second, other = await identify(database, person, person, a_person(2))
    assert (first.is_new, first.said_before) == (True, False)
    assert second.person_id == first.person_id
    assert second.said_before
    assert other.person_id != first.person_id
    moved = dataclasses.replace(person, name="张三丰", division=ANOTHER_VILLAGE, telephone=None)
    (again,) = await identify(database, moved)
    assert (again.person_id, again.is_new, again.said_before) == (first.person_id, False, False)
    (again,) = await identify(database, moved)
    assert again.said_before
    assert await count(database, "person") == 2
    assert await count(database, "person_place") == 3
    assert await count(database, "person_statement") == 3


async def test_a_passport_with_the_digits_of_a_card_is_another_document(database: Database) -> None:
    card = a_person(1, telephone=None)
    assert card.identity is not None
    passport = dataclasses.replace(card, identity=dataclasses.replace(card.identity, kind="passport"))
    one, other = await identify(database, card, passport)
    assert one.person_id != other.person_id


async def test_without_a_document_the_same_list_finds_the_same_people(database: Database) -> None:
    people = [
        a_person(1, identity=None),
        a_person(2, identity=None, telephone=None, contact=Contact("赵铁柱", a_mobile(2))),
        a_person(3, identity=None, name="张伟", telephone=a_mobile(1)),
    ]
    first, again = await identify(database, *people), await identify(database, *people)
    assert [one.person_id for one in again] == [one.person_id for one in first]
    assert not any(one.is_new for one in again)


async def test_two_of_one_name_without_anything_else_are_two(database: Database) -> None:
    nobody = a_person(1, name="张伟", identity=None, telephone=None)
    one, other = await identify(database, nobody, nobody)
    assert one.person_id != other.person_id
    assert one.is_new
    assert other.is_new


async def test_what_was_not_known_is_added_and_what_is_known_stays(database: Database) -> None:
    bare = a_person(1, name="张伟", telephone=None)
    await identify(database, bare)
    fuller = dataclasses.replace(bare, name="章伟", telephone=a_mobile(7), occupation="courier")
    await identify(database, fuller)
    await identify(database, dataclasses.replace(fuller, telephone=a_mobile(8), occupation="cook"))
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM person")
        found = await stored.find_by_fingerprints(
            connection, [], [SEALER.fingerprint(a_mobile(7), purpose="person-telephone")]
        )
    assert row is not None
    assert row["occupation"] == "courier"
    assert [one.person_id for one in found] == [row["person_id"]]


async def test_telephone_and_surname_alike_make_a_suspicion_and_a_new_person(database: Database) -> None:
    known = a_person(1, name="张伟", telephone=a_mobile(5))
    (first,) = await identify(database, known)
    alike = [
        a_person(0, name="张炜", identity=None, telephone=a_mobile(5)),
        a_person(0, name="李伟", identity=None, telephone=a_mobile(5)),
    ]
    suspect, other = await identify(database, *alike)
    assert suspect.is_new
    assert suspect.suspects == (first.person_id,)
    assert other.suspects == ()
    child = a_person(2, name="张小伟", telephone=a_mobile(5))
    slip = a_person(3, name="张伟", telephone=a_mobile(5))
    of_child, of_slip = await identify(database, child, slip)
    assert of_child.suspects == (suspect.person_id,)
    assert set(of_slip.suspects) == {first.person_id, suspect.person_id}
    assert await count(database, "suspect_pair") == 4


async def test_a_telephone_that_a_whole_crew_shares_suspects_only_so_many(database: Database) -> None:
    crew = [
        a_person(number, name=f"王{chr(0x4E00 + number)}", identity=None, telephone=a_mobile(1))
        for number in range(60)
    ]
    identified = await identify(database, *crew)
    assert len({one.person_id for one in identified}) == 60
    assert max(len(one.suspects) for one in identified) <= 11


async def test_what_names_people_lies_sealed(database: Database) -> None:
    person = a_person(1, name="独孤求败", contact=Contact("慕容复", a_mobile(2), "朋友"))
    await identify(database, person)
    async with database.connection() as connection:
        for table in ("person", "person_statement"):
            rows = await connection.fetch(f"SELECT t::text AS whole, t.* FROM {table} t")
            for row in rows:
                bytes_ = b"".join(bytes(value) for value in row.values() if isinstance(value, bytes))
                for secret in ("独孤求败", "慕容复", "独孤", a_mobile(1), a_mobile(2), a_card(1).number):
                    assert secret not in row["whole"]
                    assert secret.encode() not in bytes_
    await identify(database, a_person(2))
    async with database.transaction() as connection:  # a document that was moved to another row
        ids = await connection.fetch("SELECT person_id FROM person ORDER BY division, first_received_at")
        await connection.execute(
            "UPDATE person SET details_sealed = (SELECT details_sealed FROM person WHERE person_id = $1)",
            ids[0]["person_id"],
        )
    with pytest.raises(Unsealable):
        await identify(database, a_person(1), a_person(2))


async def test_what_was_said_is_never_changed(database: Database) -> None:
    await identify(database, a_person(1))
    async with database.connection() as connection:
        for change in (
            "UPDATE person_statement SET division = '500104'",
            "UPDATE person_statement SET received_at = now(), said_sealed = 'x'",
            "DELETE FROM person_statement",
            "DELETE FROM person_decision",
            "UPDATE person_unmasking SET reason = ''",
        ):
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await connection.execute(change)


async def test_32_writers_of_the_same_people_store_each_once(database: Database) -> None:
    people = [a_person(number) for number in range(60)]
    people += [a_person(number, identity=None) for number in range(100, 130)]

    async def write(seed: int) -> list[tuple[int, Any]]:
        order = list(range(len(people)))
        random.Random(seed).shuffle(order)
        found: list[tuple[int, Any]] = []
        for start in range(0, len(order), 45):
            part = order[start : start + 45]
            said: Sequence[PersonStated] = [people[position] for position in part]
            identified = await identify(database, *said, *said)
            found += [(position, one.person_id) for position, one in zip(part, identified, strict=False)]
        return found

    written = await asyncio.gather(*(write(seed) for seed in range(32)))
    assert await count(database, "person") == len(people)
    assert await count(database, "person_statement") == len(people)
    assert len({pair for found in written for pair in found}) == len(people)
    assert len({person_id for found in written for _, person_id in found}) == len(people)
    assert {A_VILLAGE} == {person.division for person in people}


async def test_who_is_taken_in_at_the_same_instant_is_queued_as_well(database: Database) -> None:
    """Six writers hold their transactions open until each has taken its person in, so nobody sees another."""
    crew = [
        a_person(number, name=f"王{chr(0x4E00 + number)}", identity=None, telephone=a_mobile(1))
        for number in range(6)
    ]
    all_taken_in = asyncio.Barrier(len(crew))

    async def take_in(person: PersonStated) -> Identified:
        async with database.transaction() as connection:
            (one,) = await identify_people(connection, SEALER, [person], now=NOW)
            await all_taken_in.wait()
        return one

    identified = await asyncio.gather(*(take_in(person) for person in crew))
    assert not any(one.suspects for one in identified)
    assert await count(database, "suspect_pair") == 0
    while await look_again(database, SEALER, now=NOW):
        pass
    assert await count(database, "suspect_pair") == 15
    async with database.connection() as connection:
        await connection.execute("UPDATE suspect_pair SET state = 'distinct'")
    await identify(database, a_person(7, name="王甲", identity=None, telephone=a_mobile(1)))
    while await look_again(database, SEALER, now=NOW):
        pass
    assert await count(database, "suspect_pair") == 21
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM suspect_pair WHERE state = 'distinct'") == 15


async def test_who_was_merged_meanwhile_is_looked_at_as_whoever_they_became(database: Database) -> None:
    one = a_person(1, name="王甲", telephone=a_mobile(1))
    other, third = (a_person(2, name="王乙"), a_person(3, name="王丙", identity=None, telephone=a_mobile(1)))
    (survivor,), (merged,) = await identify(database, other), await identify(database, one)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE person SET merged_into = $1 WHERE person_id = $2", survivor.person_id, merged.person_id
        )
        await connection.execute("DELETE FROM suspect_pair")
    (alike,) = await identify(database, third)
    assert alike.suspects == (survivor.person_id,)
    while await look_again(database, SEALER, now=NOW):
        pass
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT one, other FROM suspect_pair")
    assert [{row["one"], row["other"]} for row in rows] == [{survivor.person_id, alike.person_id}]
