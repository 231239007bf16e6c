"""Any order, repetition and delay of what is told of tubes gives the same end state, on the real database."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from services.testing.actions.tubes.look_again import look_again
from services.testing.rules.tubes.chain import StepKind, StepTold
from services.testing.rules.tubes.tube import TubeTold
from services.testing.storage.results import NewResult
from shared.errors import Conflict, NotFound
from shared.postgres import Database
from shared.vocabulary import Result
from tests.testing.tubes.builders import (
    CDC,
    HOSPITAL,
    HOUR,
    MORNING,
    NOW,
    Heard,
    N,
    P,
    a_member,
    a_result,
    a_step,
    a_tube,
    correct,
    empty,
    events,
    find,
    hear,
    state,
    step,
    tell,
)

pytestmark = pytest.mark.requirement("village-town-county-chain")


@dataclass(frozen=True)
class Corrected:
    """A correction as a laboratory sends it."""

    found: NewResult
    result: Result


Fact = TubeTold | StepTold | NewResult | Corrected

results = st.sampled_from(list(Result))


@st.composite
def pools(draw: st.DrawFn, number: int) -> list[Fact]:
    """What is told of one pool: in one or two parts, with steps, one or two laboratories, retests."""
    code, people = f"T-{number}", draw(st.lists(st.integers(1, 6), min_size=0, max_size=4, unique=True))
    members = [a_member(one, sampled_twice=True) for one in people]
    parts = draw(st.integers(0, len(members)))
    facts: list[Fact] = [a_tube(code, *members[:parts], size=5), a_tube(code, *members[parts:], size=5)]
    for kind in draw(st.lists(st.sampled_from(list(StepKind)), max_size=4)):
        at = MORNING + draw(st.integers(-2, 12)) * HOUR
        box = "B-1" if kind is StepKind.BOXED else None
        facts.append(a_step(kind, code, at, box=box))
    for institution in draw(st.lists(st.sampled_from([CDC, HOSPITAL]), max_size=2, unique=True)):
        said = draw(st.sampled_from([None, 5]))
        at = MORNING + draw(st.integers(-1, 9)) * HOUR
        found = a_result(
            code, draw(results), at=at, institution=institution, pool_size=said, sampled_at=at - HOUR
        )
        facts.append(found)
        if draw(st.booleans()):
            other = draw(results.filter(lambda one, was=found.facts.result: one is not was))
            facts.append(Corrected(found, other))
    return facts


@st.composite
def singles(draw: st.DrawFn, number: int) -> list[Fact]:
    """What is told of one single sample, as a retest or not: by a tube, by the laboratory, or by both."""
    code, whose = f"S-{number}", draw(st.integers(1, 6))
    at = MORNING + draw(st.integers(1, 20)) * HOUR
    by_tube, by_laboratory = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
    told = a_member(whose, at, sampled_twice=True)
    facts: list[Fact] = [a_tube(code, told, size=1, at=at)] if by_tube else []
    found = a_result(code, draw(results), at=at + 2 * HOUR, sampled_at=at)
    if by_laboratory:
        facts_of = found.facts
        found = a_result(
            code,
            facts_of.result,
            at=at + 2 * HOUR,
            sampled_at=at,
            person_id=told.person_id,
        )
    facts.append(found)
    if draw(st.integers(0, 3)) == 0:
        facts.append(Corrected(found, draw(results.filter(lambda one: one is not found.facts.result))))
    return facts


@st.composite
def worlds(draw: st.DrawFn) -> list[Fact]:
    """What happened in some days."""
    facts: list[Fact] = []
    for number in range(draw(st.integers(1, 2))):
        facts += draw(pools(number))
    for number in range(draw(st.integers(0, 4))):
        facts += draw(singles(number))
    if draw(st.booleans()):
        at = MORNING + draw(st.integers(0, 12)) * HOUR
        facts.append(a_step(StepKind.RECEIVED, None, at, box="B-1"))
    return facts


async def _send(database: Database, facts: Sequence[Fact]) -> list[Fact]:
    """Send facts of one kind; return what cannot be taken yet and is sent again by its sender."""
    first = facts[0]
    match first:
        case TubeTold():
            await tell(database, *[one for one in facts if isinstance(one, TubeTold)])
        case StepTold():
            await step(database, *[one for one in facts if isinstance(one, StepTold)])
        case NewResult():
            await find(database, *[one for one in facts if isinstance(one, NewResult)])
        case Corrected():
            later: list[Fact] = []
            for one in facts:
                assert isinstance(one, Corrected)
                try:
                    with suppress(Conflict):  # the same correction again
                        await correct(database, one.found, one.result, one.found.facts.resulted_at + HOUR)
                except NotFound:
                    later.append(one)
            return later
    return []


async def play(database: Database, facts: Sequence[Fact], batches: random.Random | None) -> None:
    """Send facts in their order, one by one or neighbours of one kind together; look again at the end."""
    waiting = list(facts)
    while waiting:
        count = 1
        while (
            batches is not None
            and count < len(waiting)
            and type(waiting[count]) is type(waiting[0])
            and batches.random() < 0.6
        ):
            count += 1
        later = await _send(database, waiting[:count])
        waiting = [*waiting[count:], *later]
    while await look_again(database, now=NOW):
        pass
    await look_again(database, now=NOW)


async def check(database: Database) -> tuple[dict[str, Any], Heard]:
    """What is known and was told in the end, with what must hold of any end."""
    known, heard = await state(database), hear(await events(database))
    pending = {row["sample_id"] for row in known["members"] if row["state"] == "pending"}
    cleared = {sample_id for sample_id, (_, _, result) in heard.samples.items() if result is N}
    assert not pending & cleared, "somebody is both cleared and pending"
    async with database.connection() as connection:
        live = await connection.fetch("SELECT pool_id, resolved_at FROM pool WHERE withdrawn_at IS NULL")
        members = await connection.fetch(
            "SELECT pool_id, person_id FROM pool_member JOIN pool USING (pool_id) WHERE withdrawn_at IS NULL"
        )
        positive = await connection.fetch(
            "SELECT DISTINCT ON (sample_id) sample_id, result, tube_code FROM sample_result"
            " ORDER BY sample_id, revision DESC"
        )
    codes_of_pools = {row["code"] for row in known["tubes"] if row["result"] == "positive"}
    for row in positive:
        if row["result"] == P:
            told = row["sample_id"] in heard.cases or row["sample_id"] in heard.pools
            assert told or row["tube_code"] in codes_of_pools, "a positive without an event"
    assert {row["pool_id"] for row in live} == set(heard.pools)
    assert {row["pool_id"] for row in live if row["resolved_at"] is not None} <= heard.resolved
    to_stay = {(row["pool_id"], row["person_id"]) for row in members}
    assert to_stay == {(pool, person) for pool, people in heard.to_stay.items() for person in people}
    return known, heard


def said(fact: Fact) -> str:
    """A fact in a line, for who reads a failure."""
    match fact:
        case TubeTold():
            people = [one.person_id and one.person_id.int for one in fact.members]
            return f"tube {fact.head.code} of {fact.head.size}, {fact.head.opened_at:%d %H}h: {people}"
        case StepTold():
            return f"step {fact.step.kind} {fact.step.tube_code} {fact.step.box} {fact.step.at:%d %H}h"
        case Corrected():
            return f"correction of {fact.found.facts.tube_code}: {fact.result}"
        case NewResult():
            facts = fact.facts
            whose = facts.person_id and facts.person_id.int
            return (
                f"result of {facts.tube_code} by {facts.institution}: {facts.result},"
                f" {facts.resulted_at:%d %H}h, pool {facts.pool_size}, person {whose}"
            )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), seed=st.integers(0, 2**32))
async def test_any_order_repetition_and_delay_gives_the_same_end(
    database: Database, administrator: Database, world: list[Fact], seed: int
) -> None:
    chance = random.Random(seed)
    note("\n".join(map(said, world)))
    await empty(administrator)
    await play(database, world, None)
    expected, told = await check(database)
    shuffled = [*world, *chance.sample(world, len(world) // 2)]
    chance.shuffle(shuffled)
    await empty(administrator)
    await play(database, shuffled, chance)
    found, heard = await check(database)
    assert found == expected
    assert heard.cases == told.cases
    assert heard.settled() == told.settled()
    assert heard.stays() == told.stays()
