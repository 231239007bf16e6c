"""Notices and what is named in them on a real database: keys that change, statements that stay."""

import os
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from services.registration.actions.movement.match_notices import BEFORE_ALL, mark_anew, match_later_rows
from services.registration.actions.movement.record_notice import record_notice
from services.registration.actions.people.identify_people import identify_people
from services.registration.rules.movement.assistance_notice import EntryKind, NamedEntry, NoticeStatement
from services.registration.rules.people.identity import Identity, IdentityKind
from services.registration.rules.people.person import PersonStated
from services.registration.rules.places.law import law_of
from services.registration.rules.telling import Telling
from services.registration.storage import cold_chain, gatherings, inspections, notices, places
from shared.policy import load_pack
from shared.postgres import Database
from shared.sealing import Sealer
from tests.builders import A_VILLAGE, JIANSHENG
from tests.policy.packs import PACK
from tests.registration.movement.statements import a_card

pytestmark = pytest.mark.requirement("outside-notices")

LAW = law_of(load_pack(PACK)).notices
NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
OLD, NEW = ("old", os.urandom(32)), ("new", os.urandom(32))


def a_notice_of(*numbers: str) -> NoticeStatement:
    entries = tuple(
        NamedEntry(EntryKind.PERSON, identity=Identity(IdentityKind.RESIDENT_CARD, number))
        for number in numbers
    )
    return NoticeStatement(JIANSHENG, "外省", "XC-1", Telling(NOW, NOW, "key"), entries)


async def count(database: Database, table: str) -> int:
    async with database.connection() as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))


async def store(database: Database, sealer: Sealer, number: str) -> UUID:
    identity = Identity(IdentityKind.RESIDENT_CARD, number)
    person = PersonStated(A_VILLAGE, "张伟", identity, None, None, None, None)
    async with database.transaction() as connection:
        (found,) = await identify_people(connection, sealer, [person], now=NOW)
    return found.person_id


async def test_every_query_fits_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        for storage in (places, inspections, cold_chain, gatherings, notices):
            for name in storage.QUERIES.names():
                await connection.prepare(storage.QUERIES.sql(name))


@pytest.mark.parametrize(
    "table",
    [
        *(
            "place_closure",
            "place_inspection",
            "place_finding_step",
            "place_abnormality",
            "place_entry_check",
        ),
        *("cold_chain_proof_statement", "cold_chain_movement", "gathering_statement", "gathering_decision"),
        "notice_match_step",
    ],
)
async def test_what_was_said_is_never_changed(database: Database, table: str) -> None:
    async with database.connection() as connection:
        for change in (f"UPDATE {table} SET received_at = received_at", f"DELETE FROM {table}"):
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await connection.execute(change)


async def test_who_was_named_is_found_under_a_new_key_as_well(database: Database) -> None:
    number, before, after = a_card(), Sealer([OLD]), Sealer([NEW, OLD])
    await record_notice(database, before, a_notice_of(number), LAW, now=NOW)
    await store(database, after, number)
    await match_later_rows(database, now=NOW)
    assert await count(database, "notice_match") == 0, "the entry does not know the new key yet"
    assert await mark_anew(database, after, BEFORE_ALL, now=NOW) is None
    assert await count(database, "notice_match") == 1
    assert await mark_anew(database, after, BEFORE_ALL, now=NOW) is None
    assert await count(database, "notice_match") == 1
    async with database.connection() as connection:
        sealed = await connection.fetchval("SELECT details_sealed FROM notice_entry")
    assert not after.needs_resealing(sealed)


async def test_who_is_stored_under_an_old_key_is_found(database: Database) -> None:
    number = a_card()
    await store(database, Sealer([OLD]), number)
    await record_notice(database, Sealer([NEW, OLD]), a_notice_of(number), LAW, now=NOW)
    assert await count(database, "notice_match") == 1


async def test_many_entries_and_many_people_are_compared_set_by_set(database: Database) -> None:
    sealer, numbers = Sealer([NEW]), [a_card() for _ in range(300)]
    people = [
        PersonStated(A_VILLAGE, "张伟", Identity(IdentityKind.RESIDENT_CARD, number), None, None, None, None)
        for number in numbers
    ]
    async with database.transaction() as connection:
        await identify_people(connection, sealer, people[:150], now=NOW)
    taken = await record_notice(database, sealer, a_notice_of(*numbers), LAW, now=NOW)
    assert taken.new_entries == 300
    assert await count(database, "notice_match") == 150
    async with database.transaction() as connection:
        await identify_people(connection, sealer, people, now=NOW)
    while await match_later_rows(database, now=NOW):
        pass
    assert await count(database, "notice_match") == 300
    assert await count(database, "notice_look") == 0
