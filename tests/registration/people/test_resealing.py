"""A new key: everybody is found before, while and after all is sealed anew, and nothing is left out."""

import asyncio
import base64
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from dutyclock.commands.sealing import SEALED as OF_ALL
from dutyclock.commands.sealing import app
from services.registration import sealed_person
from services.registration.actions.people.identify_people import Identified, identify_people
from services.registration.actions.people.read_people import search_people
from services.registration.actions.people.record_preregistrations import (
    Announcement,
    record_preregistrations,
)
from services.registration.rules.people.person import Contact, PersonStated
from services.registration.rules.people.preregistration import (
    Announced,
    HealthCondition,
    PreregistrationSource,
)
from services.registration.rules.returns.journey import Transport, TransportKind
from services.registration.sealed_tables import SEALED
from services.registration.storage import people as stored
from shared.postgres import Database
from shared.resealing import AT_ONCE, count_former, reseal_column
from shared.sealing import Sealer, Unsealable
from tests.audit.trails import told
from tests.builders import JIANSHENG
from tests.registration.people.builders import a_mobile, a_person
from tests.waiting import until

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
OLD, NEW = ("k1", b"1" * 32), ("k2", b"2" * 32)
BEFORE, BOTH, AFTER = Sealer([OLD]), Sealer([NEW, OLD]), Sealer([NEW])
TOWN = (JIANSHENG, f"{JIANSHENG}~")


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=8)
    yield opened
    await opened.close()


async def identify(database: Database, sealer: Sealer, people: Sequence[PersonStated]) -> list[Identified]:
    async with database.transaction() as connection:
        return await identify_people(connection, sealer, people, now=NOW)


async def reseal_all(database: Database, sealer: Sealer) -> int:
    return sum([await reseal_column(database, sealer, sealed, now=NOW) for sealed in SEALED])


async def left_over(database: Database, sealer: Sealer) -> int:
    return sum([await count_former(database, sealer, sealed) for sealed in SEALED])


def everybody(number: int) -> list[PersonStated]:
    people = [a_person(n) for n in range(number)]
    return [*people, *(a_person(n, identity=None) for n in range(number, number + 20))]


async def all_are_found(
    database: Database, sealer: Sealer, people: Sequence[PersonStated], known: Sequence[Identified]
) -> None:
    again = await identify(database, sealer, people)
    assert [one.person_id for one in again] == [one.person_id for one in known]
    assert not any(one.is_new for one in again)
    assert all(one.said_before for one in again)
    person = people[3]
    by_card = await search_people(database, sealer, identity=person.identity, telephone=None, bounds=TOWN)
    by_telephone = await search_people(database, sealer, identity=None, telephone=a_mobile(3), bounds=TOWN)
    for (found,) in (by_card, by_telephone):
        assert (found.id, found.person.name) == (known[3].person_id, person.name)


async def test_everybody_is_found_before_while_and_after(database: Database) -> None:
    people = everybody(AT_ONCE + 40)
    known = await identify(database, BEFORE, people)
    await all_are_found(database, BEFORE, people, known)
    await all_are_found(database, BOTH, people, known)  # the new key is set and nothing is done yet

    async def write_meanwhile() -> list[Identified]:
        taken: list[Identified] = []
        for start in range(0, 200, 20):
            fresh = [a_person(10_000 + number) for number in range(start, start + 20)]
            taken += await identify(database, BOTH, [*people[start : start + 20], *fresh])
        return taken

    resealing = asyncio.create_task(reseal_all(database, BOTH))
    taken = await write_meanwhile()
    assert sum(one.is_new for one in taken) == 200
    await all_are_found(database, BOTH, people, known)
    assert await resealing >= 2 * len(people)
    assert await left_over(database, BOTH) == 0
    assert await reseal_all(database, BOTH) == 0
    await all_are_found(database, BOTH, people, known)
    await all_are_found(database, AFTER, people, known)  # the old key is gone


async def test_it_goes_on_where_it_was_broken_off(database: Database) -> None:
    people = everybody(AT_ONCE * 2)
    known = await identify(database, BEFORE, people)
    resealing = asyncio.create_task(reseal_all(database, BOTH))

    async def begun() -> bool:
        return await left_over(database, BOTH) < 2 * len(people)

    await until(begun, what="the first step")
    resealing.cancel()
    await asyncio.gather(resealing, return_exceptions=True)
    assert 0 < await left_over(database, BOTH) < 2 * len(people)
    await all_are_found(database, BOTH, people, known)
    await asyncio.gather(reseal_all(database, BOTH), reseal_all(database, BOTH))  # two at once do no harm
    await all_are_found(database, AFTER, people, known)


async def test_without_the_old_key_it_ends_and_says_so(database: Database) -> None:
    await identify(database, BEFORE, everybody(2))
    with pytest.raises(Unsealable):
        await reseal_all(database, AFTER)
    await reseal_all(database, BOTH)


async def test_who_was_taken_in_under_both_keys_becomes_one(database: Database) -> None:
    """Two processes that disagree on the current key do not see each other's hashes in the unique index."""
    person, nobody = a_person(1), a_person(2, identity=None)
    first = await identify(database, BEFORE, [person, nobody])
    async with database.transaction() as connection:
        copies = [(await stored.lock(connection, [one.person_id]))[one.person_id] for one in first]
    for copy in copies:
        kept = sealed_person.open_row(BEFORE, copy)
        async with database.transaction() as connection:
            twin = await connection.fetchval("SELECT gen_random_uuid()")
            hashes = sealed_person.fingerprints_of(AFTER, kept)
            row = stored.PersonRow(twin, copy.division, None, sealed_person.seal(AFTER, twin, kept), hashes)
            assert await stored.insert(connection, [row], NOW) == {twin}
    await reseal_all(database, BOTH)
    assert await left_over(database, BOTH) == 0
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM person WHERE merged_into IS NULL") == 2
        assert await connection.fetchval("SELECT count(*) FROM person_decision") == 2
    again = await identify(database, AFTER, [person, nobody])
    assert not any(one.is_new for one in again)


async def test_announced_contacts_are_sealed_anew(database: Database) -> None:
    contact = Contact("诸葛亮", a_mobile(9), "父亲")
    announced = Announced(
        source=PreregistrationSource.VILLAGE,
        origin="130104",
        places=(),
        transport=Transport(TransportKind.TRAIN),
        intended_on=NOW.date(),
        health=HealthCondition.WELL,
        contact=contact,
        cancelled=False,
        recorded_at=NOW,
    )
    said = [Announcement("P-1", a_person(1), announced, "key")]
    await record_preregistrations(database, BEFORE, said, now=NOW)
    assert await reseal_all(database, BOTH) == 4
    later = dataclasses.replace(
        announced, intended_on=NOW.date().replace(day=9), recorded_at=NOW.replace(hour=10)
    )
    (after,) = await record_preregistrations(
        database, AFTER, [dataclasses.replace(said[0], announced=later)], now=NOW
    )
    assert after.held.announced.contact == contact


async def test_no_sealed_column_is_left_out(database_url: str) -> None:
    query = """
    SELECT table_schema, table_name, column_name FROM information_schema.columns
    WHERE table_schema IN ('registration', 'reporting', 'testing', 'alerts')
      AND data_type = 'bytea' AND column_name ~ '(_|^)sealed$'
    """
    listed = {(service, one.table, one.column) for service, columns in OF_ALL.items() for one in columns}
    connection = await asyncpg.connect(database_url)
    try:
        assert {tuple(row) for row in await connection.fetch(query)} == listed
    finally:
        await connection.close()


async def run(*arguments: str) -> Any:
    """The command has an event loop of its own, as in a process of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))


async def test_what_an_operator_types(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.delenv("DUTYCLOCK_SEALING_KEYS", raising=False)
    people = everybody(5)
    known = await identify(database, BEFORE, people)
    assert (await run("rotate")).exit_code == 1
    made = (await run("make", "k2")).output.split()[-1]
    assert made.startswith("k2:")
    assert (await run("make", "K 2")).exit_code == 1
    former = f"k1:{base64.b64encode(OLD[1]).decode()}"
    monkeypatch.setenv("DUTYCLOCK_SEALING_KEYS", f"{made},{former}")
    looked = await run("look")
    assert looked.exit_code == 0
    assert f"{len(people)}" in looked.output
    early = await run("retire", "k1")
    assert early.exit_code == 1, early.output
    assert f"registration.person: {len(people)} still need this key" in early.output
    rotated = await run("rotate")
    assert rotated.exit_code == 0, rotated.output
    assert (await run("retire", "k1")).exit_code == 0
    assert [(await run("retire", name)).exit_code for name in ("k2", "k9")] == [1, 1]
    in_trail = await told(database_url, "registration", "sealing-rotated")
    assert {(one["source"], one["key"]) for one in in_trail} == {("person", "k2"), ("person_statement", "k2")}
    assert "person" in rotated.output
    assert made.partition(":")[2] not in rotated.output
    await all_are_found(database, Sealer.parse(made), people, known)
    monkeypatch.setenv("DUTYCLOCK_SEALING_KEYS", "k3:nonsense!")
    assert (await run("rotate")).exit_code == 1
