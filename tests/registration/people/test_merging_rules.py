"""Merges in any order: never a circle, always one survivor, and an undoing gives back what was merged."""

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.actions.people.decide_suspects import Order, decide_pair
from services.registration.actions.people.identify_people import identify_people
from services.registration.actions.people.undo_merge import undo_merge
from services.registration.rules.people.likeness import (
    SuspectPair,
    common_division,
    may_be_the_same,
    surname_of,
)
from services.registration.rules.people.merging import (
    DecisionKind,
    DecisionReason,
    Edge,
    Record,
    edge_between,
    whole,
)
from services.registration.rules.people.person import Contact
from services.registration.sealed_person import mask, masked_number, masked_telephone
from services.registration.storage import people as stored
from shared.errors import Conflict
from shared.postgres import Database
from tests.registration.people.builders import a_mobile, a_person
from tests.registration.returns.keeping import KEEPING

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
SEALER = KEEPING.sealer
TOWN = ("500104102", "500104102~")
PEOPLE = 6

Step = tuple[str, int, int, bool]
steps = st.lists(
    st.tuples(
        st.sampled_from(["merge", "merge", "undo"]),
        st.integers(0, PEOPLE - 1),
        st.integers(0, PEOPLE - 1),
        st.booleans(),
    ),
    max_size=14,
)


def survivor(ends: Mapping[UUID, UUID], person: UUID) -> UUID:
    seen: set[UUID] = set()
    while person in ends:
        assert person not in seen, "a circle"
        seen.add(person)
        person = ends[person]
    return person


def a_record(number: int) -> Record:
    return Record(UUID(int=number + 1), a_person(number), NOW + timedelta(hours=number % 3))


@given(steps)
def test_any_order_of_merges_and_undoings_is_a_forest(told: Sequence[Step]) -> None:
    records = {record.id: record for record in map(a_record, range(PEOPLE))}
    ids = list(records)
    ends: dict[UUID, UUID] = {}
    standing: list[Edge] = []
    for what, one, other, keeps_first in told:
        if what == "undo":
            if standing:
                edge = standing.pop(one % len(standing))
                del ends[edge.other]
            continue
        first, second = survivor(ends, ids[one]), survivor(ends, ids[other])
        edge = edge_between(records[first], records[second], first if keeps_first else None)
        assert (edge is None) is (first == second)
        if edge is not None:
            assert {edge.kept, edge.other} == {first, second}
            ends[edge.other] = edge.kept
            standing.append(edge)
    for id_ in ids:
        assert survivor(ends, id_) in ids
    assert len({survivor(ends, id_) for id_ in ids}) == PEOPLE - len(standing)


def test_without_a_wish_the_documented_survives_then_the_older() -> None:
    documented, older = a_record(1), a_record(0)
    bare = dataclasses.replace(older, person=a_person(0, identity=None))
    assert edge_between(bare, documented) == Edge(documented.id, bare.id)
    assert edge_between(documented, older) == Edge(older.id, documented.id)
    assert edge_between(older, older) is None


def test_a_merged_record_tells_what_the_survivor_did_not_know() -> None:
    kept = a_record(0)
    kept = dataclasses.replace(kept, person=a_person(0, identity=None, telephone=None))
    other = a_record(1)
    person = whole([kept, other]).person
    assert (person.identity, person.telephone) == (other.person.identity, other.person.telephone)
    assert person.name == kept.person.name
    assert whole([kept, other]).ids == (kept.id, other.id)


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=8)
    yield opened
    await opened.close()


async def test_the_tables_agree_with_a_plain_model_of_merges(database: Database) -> None:
    """Sequences drawn as above, on one database: people are taken in anew for each."""
    drawn = random.Random(3)
    for sequence in range(12):
        people = [a_person(sequence * PEOPLE + number) for number in range(PEOPLE)]
        async with database.transaction() as connection:
            identified = await identify_people(connection, SEALER, people, now=NOW)
        ids = [one.person_id for one in identified]
        ends: dict[UUID, UUID] = {}
        standing: list[tuple[UUID, Edge]] = []
        for _ in range(14):
            if standing and drawn.random() < 0.35:
                decision_id, edge = standing.pop(drawn.randrange(len(standing)))
                await undo_merge(
                    database,
                    KEEPING.law,
                    decision_id,
                    DecisionReason.ENTRY_ERROR,
                    bounds=TOWN,
                    decided_by="k",
                    now=NOW,
                )
                del ends[edge.other]
            else:
                one, other = drawn.sample(ids, 2)
                keep = drawn.choice([one, other, None])
                order = Order(DecisionKind.MERGED, DecisionReason.ENTRY_ERROR, "k", keep)
                is_circle = survivor(ends, one) == survivor(ends, other)
                try:
                    decision, is_new = await decide_pair(
                        database, KEEPING, SuspectPair.of(one, other), order, bounds=TOWN, now=NOW
                    )
                except Conflict:
                    assert is_circle
                else:
                    assert is_new is not is_circle
                    if is_new:
                        ends[decision.other_id] = decision.person_id
                        standing.append((decision.id, Edge(decision.person_id, decision.other_id)))
            async with database.connection() as connection:
                resolved = await stored.resolve(connection, ids)
                same = await stored.merged_into(connection, sorted(set(resolved.values())))
            assert resolved == {id_: survivor(ends, id_) for id_ in ids}
            assert {id_: kept for kept, several in same.items() for id_ in several} == resolved


async def test_merges_by_many_writers_are_a_forest(database: Database) -> None:
    async with database.transaction() as connection:
        identified = await identify_people(connection, SEALER, [a_person(n) for n in range(8)], now=NOW)
    ids = [one.person_id for one in identified]

    async def merge(one: UUID, other: UUID) -> Any:
        order = Order(DecisionKind.MERGED, DecisionReason.ENTRY_ERROR, "k", one)
        try:
            return await decide_pair(
                database, KEEPING, SuspectPair.of(one, other), order, bounds=TOWN, now=NOW
            )
        except Conflict:
            return None

    await asyncio.gather(*(merge(one, other) for one in ids for other in ids if one != other))
    async with database.connection() as connection:
        assert len(set((await stored.resolve(connection, ids)).values())) == 1
        assert await connection.fetchval("SELECT count(*) FROM person WHERE merged_into IS NULL") == 1


@pytest.mark.parametrize(
    ("divisions", "common"),
    [
        (("500104102001", "500104102001"), "500104102001"),
        (("500104102001", "500104102002"), "500104102"),
        (("500104102001", "500104102"), "500104102"),
        (("500104102", "500104102001"), "500104102"),
        (("500104102001", "500104001001"), "500104"),
        (("500104102001", "500101001001"), "500000"),
        (("500000", "500101001001"), "500000"),
        (("500104", "500000"), "500000"),
    ],
)
def test_the_lowest_division_that_both_lie_in(divisions: tuple[str, str], common: str) -> None:
    assert common_division(divisions) == common


@pytest.mark.parametrize(
    ("name", "surname"),
    [("张伟", "张"), ("欧阳锋", "欧"), ("Wang Wei", "wang"), ("阿依古丽·买买提", "阿"), ("𠮷田", "𠮷")],
)
def test_what_stands_for_a_surname(name: str, surname: str) -> None:
    assert surname_of(name) == surname


def test_different_documents_tell_people_of_one_telephone_apart_unless_the_name_agrees() -> None:
    mother = a_person(1, name="王芳")
    child = a_person(2, name="王小芳", telephone=a_mobile(1))
    assert not may_be_the_same(mother, child)
    assert may_be_the_same(mother, dataclasses.replace(child, identity=None))
    assert may_be_the_same(mother, dataclasses.replace(child, name="王芳"))


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13800000000", "138****0000"),
        ("02348123456", "023****3456"),
        ("48123456", "4*****56"),
        ("+85291", "+***91"),
    ],
)
def test_telephones_are_masked(number: str, masked: str) -> None:
    assert masked_telephone(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [("11010519491231002X", "1****************X"), ("E12345678", "E*******8"), ("A12", "***")],
)
def test_numbers_are_masked(number: str, masked: str) -> None:
    assert masked_number(number) == masked


def test_a_masked_person_tells_no_secret() -> None:
    person = a_person(1, name="Bartholomew Featherstonehaugh", contact=Contact("慕容复", a_mobile(2), "朋友"))
    shown = repr(mask(person))
    assert person.identity is not None
    assert person.birth_date is not None
    for secret in ("Bartholomew", "Feather", "慕容", a_mobile(1), a_mobile(2), person.identity.number):
        assert secret not in shown
    assert str(person.birth_date.year) not in shown
