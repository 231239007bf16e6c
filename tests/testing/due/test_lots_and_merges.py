"""Lots that may not be sold are due for a test; lots, symptoms and merges as registration tells them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.testing.actions.due.ask_of_lot import ask_of_lot
from services.testing.actions.due.ask_tests import drop_tests
from services.testing.actions.due.open_due_days import open_due_days
from services.testing.rules.due.asking import Drop, Source
from shared.contracts import Event
from shared.contracts.registration import MergeUndone, PersonMerged, SymptomFlagged
from shared.contracts.registration.places import LotBlocked, LotCleared
from shared.day_count import begins_at, day_of
from shared.postgres import Database
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE
from tests.reporting.conftest import publish
from tests.testing.due.test_due_on_postgres import LAW, met, sampled, state_of, told
from tests.testing.due.tests_owed import at, taken
from tests.waiting import until

pytestmark = pytest.mark.requirement("test-all-due")

LOT = UUID(int=90)


def blocked(on: int, division: str = A_VILLAGE, *lacks: str) -> LotBlocked:
    facts = {"division": division, "occurred_at": at(on), "recorded_at": at(on), "lot_id": LOT}
    return LotBlocked.model_validate({**facts, "lacks": list(lacks or ("test",))})


def cleared(on: int, division: str = A_VILLAGE) -> LotCleared:
    facts = {"division": division, "occurred_at": at(on), "recorded_at": at(on), "lot_id": LOT}
    return LotCleared.model_validate(facts)


async def ask(database: Database, *events: LotBlocked | LotCleared) -> None:
    for event in events:
        await ask_of_lot(database, event, LAW, now=at(5))


async def standing(database: Database) -> list[tuple[bool, int]]:
    return [one[:2] for one in (await state_of(database)).values() if one[0]]


async def test_whatever_is_told_first_of_a_lot_the_same_is_due(database: Database) -> None:
    events = [blocked(0), blocked(0, ANOTHER_VILLAGE), cleared(1), blocked(2, A_VILLAGE, "test", "customs")]
    ends: list[Any] = []
    for turn in permutations(events):
        async with database.transaction() as connection:
            await connection.execute(
                "DELETE FROM due_test; DELETE FROM lot_telling; DELETE FROM taken_sample"
            )
        await sampled(database, [taken(at(0, 12), LOT)], at(5))
        await ask(database, *turn, *turn)
        await met(database, at(5))
        ends.append(await state_of(database))
    assert ends == [ends[0]] * len(ends)
    assert sorted(one[:2] for one in ends[0].values()) == [(False, 0), (True, 0)], (
        "sampled before it was cleared"
    )


async def test_one_sample_of_a_lot_settles_its_test_in_every_division(database: Database) -> None:
    await ask(database, blocked(0), blocked(0, ANOTHER_VILLAGE))
    assert await open_due_days(database, now=at(0)) == 0, "due by the end of the next day"
    await met(database, at(1))
    assert await open_due_days(database, now=at(1)) == 2
    await sampled(database, [taken(at(1, 12), LOT, division=ANOTHER_VILLAGE)], at(2))
    assert await standing(database) == [(True, 1)] * 2
    await ask(database, blocked(2, A_VILLAGE, "origin"))
    await met(database, at(5))
    assert await standing(database) == [(True, 1)] * 2, "what it lacks by now asks for no second sample"
    assert await told(database) == ["testing.due-opened"] * 2 + ["testing.due-settled"] * 2


async def test_a_lot_that_may_be_sold_is_due_no_more_and_one_taken_back_by_hand_stays_so(
    database: Database,
) -> None:
    await ask(database, blocked(0))
    await met(database, at(1))
    assert await open_due_days(database, now=at(1)) == 1
    await ask(database, cleared(2))
    assert await standing(database) == []
    assert await told(database) == ["testing.due-opened", "testing.due-dropped"]
    await ask(database, blocked(3))
    (due_id,) = await state_of(database)
    await drop_tests(database, [Drop(due_id, Source.LOT, A_VILLAGE, at(4))], now=at(4))
    await ask(database, blocked(3), blocked(3, A_VILLAGE, "customs"))
    assert await standing(database) == []


TODAY = day_of(datetime.now(UTC))
"""Also when midnight comes while the tests run."""


async def due(town: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await town.get("/v1/due-lists", params={"day": TODAY.isoformat()})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_what_registration_tells_of_lots_symptoms_and_merges_is_on_the_list(
    town: httpx.AsyncClient, nats_url: str
) -> None:
    now = max(datetime.now(UTC) - timedelta(minutes=5), begins_at(TODAY))
    facts = {"division": A_VILLAGE, "occurred_at": now, "recorded_at": now}
    lot, one, other, decision = (uuid4() for _ in range(4))
    events: Sequence[Event] = [
        LotBlocked.model_validate({**facts, "lot_id": lot, "lacks": ["test"]}),
        *(
            SymptomFlagged.model_validate({**facts, "person_id": who, "symptoms": ["fever"]})
            for who in (one, other)
        ),
    ]

    async def listed(*expected: tuple[str, str]) -> bool:
        items = await due(town)
        found = {(row["source"], row["person_id"] or row["reference"]) for row in items}
        return len(items) == len(expected) and found == set(expected)

    lots, first, second = ("lot", str(lot)), ("symptom", str(one)), ("symptom", str(other))
    await publish(nats_url, events)
    await until(lambda: listed(lots, first, second), seconds=60, what="a lot and two people")
    merge = {**facts, "person_id": one, "merged_person_id": other, "decision_id": decision}
    await publish(nats_url, [PersonMerged.model_validate(merge)])
    await until(lambda: _one_person(town), seconds=60, what="one person")
    await publish(nats_url, [MergeUndone.model_validate(merge)])
    await until(lambda: listed(lots, first, second), seconds=60, what="two people again")
    sampled_at = now.isoformat()
    member = {"object_id": str(lot), "subject_kind": "goods", "category": "cold-chain-food"}
    tube = {
        "code": "L-1",
        "division": A_VILLAGE,
        "size": 1,
        "opened_at": sampled_at,
        "members": [{**member, "sampled_at": sampled_at}],
    }
    answer = await town.post("/v1/tubes", json=tube)
    assert answer.is_success, answer.text

    async def settled() -> bool:
        return any(row["reference"] == str(lot) and row["sample_id"] for row in await due(town))

    await until(settled, seconds=60, what="the lot sampled")
    await publish(
        nats_url, [LotCleared.model_validate({**facts, "lot_id": lot, "occurred_at": datetime.now(UTC)})]
    )
    await until(lambda: listed(first, second), seconds=60, what="the lot off the list")


async def _one_person(town: httpx.AsyncClient) -> bool:
    return [row["source"] for row in await due(town) if row["source"] == "symptom"] == ["symptom"]
