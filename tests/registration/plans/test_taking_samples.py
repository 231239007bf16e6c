"""Samples that reach a plan: by the laboratory's events and by proofs, in any order, twice, late."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.registration.actions.plans.take_samples import take_samples
from services.registration.rules.day_count import day_of
from services.registration.rules.plans.person_sample import SampleSource, SampleTold
from shared.clock import SHANGHAI
from shared.contracts.registration import stages
from shared.policy.release import Window
from shared.postgres import Database
from shared.vocabulary import Result
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, a_result
from tests.keys import a_key
from tests.registration.plans.plan_rows import ZERO, Laid, lay_person, lay_plan, rows, told
from tests.servers import ServiceProcess
from tests.waiting import until

WINDOW = Window(clause=("town §16",), days_before=0)
NOW = datetime(2021, 3, 1, tzinfo=UTC)


def a_sample(person_id: UUID, number: int, **changes: Any) -> SampleTold:
    at = datetime(ZERO.year, ZERO.month, ZERO.day, 9, tzinfo=SHANGHAI) + timedelta(days=number)
    told = SampleTold(
        sample_id=uuid4(),
        person_id=person_id,
        division=A_VILLAGE,
        sampled_at=at,
        result=Result.NEGATIVE,
        revision=1,
        resulted_at=at + timedelta(hours=8),
        recorded_at=at + timedelta(hours=8),
        source=SampleSource.LABORATORY,
        institution="500104-cdc",
    )
    return replace(told, **changes)


async def state_of(database: Database, laid: Laid) -> list[tuple[str, UUID | None]]:
    found = await rows(
        database, "SELECT state, sample_id FROM plan_test WHERE plan_id = $1 ORDER BY due_on", laid.plan_id
    )
    return [(row["state"], row["sample_id"]) for row in found]


async def is_held(database: Database, laid: Laid) -> bool:
    (row,) = await rows(database, "SELECT held_since FROM plan WHERE plan_id = $1", laid.plan_id)
    return row["held_since"] is not None


@pytest.mark.requirement("key-occupations")
async def test_a_negative_settles_a_test_once_and_tells_it_once(database: Database) -> None:
    laid = await lay_plan(database, tests=(7, 14))
    negative = a_sample(laid.person_id, 7)
    for _ in range(2):
        assert await take_samples(database, [negative, negative], WINDOW, now=NOW) == [True, True]
    assert await state_of(database, laid) == [("done", negative.sample_id), ("due", None)]
    (event,) = await told(database)
    assert isinstance(event, stages.TestSettled)
    assert (event.due_on, event.occurred_at) == (day_of(negative.sampled_at), negative.sampled_at)


async def test_a_corrected_negative_opens_its_test_again_in_whatever_order(database: Database) -> None:
    for order in ((0, 1), (1, 0), (0, 1, 0)):
        laid = await lay_plan(database, tests=(7,))
        first = a_sample(laid.person_id, 7)
        tellings = [first, replace(first, revision=2, result=Result.INCONCLUSIVE)]
        for position in order:
            await take_samples(database, [tellings[position]], WINDOW, now=NOW)
        assert await state_of(database, laid) == [("due", None)]


async def test_a_positive_puts_the_plan_on_hold_until_it_is_withdrawn(database: Database) -> None:
    laid = await lay_plan(database, tests=(7,))
    positive = a_sample(laid.person_id, 7, result=Result.POSITIVE)
    await take_samples(database, [positive], WINDOW, now=NOW)
    assert await is_held(database, laid)
    assert await state_of(database, laid) == [("due", None)]
    withdrawn = replace(positive, revision=2, result=Result.NEGATIVE)
    await take_samples(database, [withdrawn], WINDOW, now=NOW)
    await take_samples(database, [positive], WINDOW, now=NOW)
    assert not await is_held(database, laid)
    assert await state_of(database, laid) == [("done", positive.sample_id)]
    held, *after = await told(database)
    assert isinstance(held, stages.PlanHeld)
    assert {type(event) for event in after} == {stages.PlanResumed, stages.TestSettled}


async def test_samples_of_nobody_here_are_not_kept(database: Database) -> None:
    assert await take_samples(database, [a_sample(uuid4(), 7)], WINDOW, now=NOW) == [False]
    assert await rows(database, "SELECT * FROM person_sample") == []


async def test_a_sample_serves_one_plan_and_samples_of_a_merged_person_serve_who_they_became(
    database: Database,
) -> None:
    laid = await lay_plan(database, tests=(7,))
    former = await lay_person(database)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE person SET merged_into = $1 WHERE person_id = $2", laid.person_id, former
        )
    negative = a_sample(former, 7)
    await take_samples(database, [negative], WINDOW, now=NOW)
    assert await state_of(database, laid) == [("done", negative.sample_id)]
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE plan SET state = 'released', released_at = $1 WHERE plan_id = $2", NOW, laid.plan_id
        )
    again = await lay_plan(database, tests=(5,), person_id=laid.person_id)
    await take_samples(database, [a_sample(laid.person_id, 4)], WINDOW, now=NOW)
    assert await state_of(database, again) == [("due", None)]


async def test_many_tellings_at_once_come_to_the_same(database: Database) -> None:
    plans = [await lay_plan(database, tests=(7, 14)) for _ in range(5)]
    tellings = [
        a_sample(laid.person_id, day, revision=revision, result=result, sample_id=UUID(int=100 * one + day))
        for one, laid in enumerate(plans, start=1)
        for day in (7, 14)
        for revision, result in ((1, Result.INCONCLUSIVE), (2, Result.NEGATIVE))
    ]
    shuffled = [*tellings, *tellings]
    random.Random(7).shuffle(shuffled)
    await asyncio.gather(
        *(take_samples(database, shuffled[start : start + 5], WINDOW, now=NOW) for start in range(0, 40, 5))
    )
    for laid in plans:
        assert [state for state, _ in await state_of(database, laid)] == ["done", "done"]


@pytest.mark.system
@pytest.mark.requirement("key-occupations")
async def test_a_result_of_the_laboratory_settles_the_test_of_its_person(
    start_service: Callable[..., Awaitable[ServiceProcess]], database: Database, database_url: str
) -> None:
    laboratory, _ = await asyncio.gather(start_service("testing"), start_service("registration"))
    now = datetime.now(UTC)
    laid = await lay_plan(database, tests=(0,), zero=day_of(now - timedelta(hours=6)))
    key = await a_key(database_url, JIANSHENG, "results:write")
    results = [
        a_result(now, result="negative"),
        a_result(now, result="negative", person_id=str(laid.person_id)),
    ]
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=laboratory.url, headers=headers) as client:
        assert (await client.post("/v1/results/batch", json=results)).json()["stored"] == 2

        async def done() -> bool:
            return (await state_of(database, laid))[0][0] == "done"

        await until(done, what="the test is settled")
        positive = a_result(now, person_id=str(laid.person_id))
        sample = (await client.post("/v1/results", json=positive)).json()["sample_id"]
        await until(lambda: is_held(database, laid), what="the plan is on hold")
        order = {"result": "negative", "reason_code": "mix-up", "occurred_at": datetime.now(UTC).isoformat()}
        assert (await client.post(f"/v1/samples/{sample}/corrections", json=order)).status_code == 201

        async def goes_on() -> bool:
            return not await is_held(database, laid)

        await until(goes_on, what="the plan goes on")


def a_proof(sampled_at: datetime, **changes: Any) -> dict[str, Any]:
    return {
        "reference": "WH-2021-00017",
        "institution": "武汉市疾病预防控制中心",
        "result": "negative",
        "sampled_at": sampled_at.isoformat(),
        "resulted_at": (sampled_at + timedelta(hours=5)).isoformat(),
        **changes,
    }


async def test_a_proof_from_elsewhere_settles_a_test_and_says_how_late_it_was(
    town: httpx.AsyncClient, database: Database, database_url: str
) -> None:
    now = datetime.now(UTC)
    sampled_at = now - timedelta(hours=6)
    zero = date.fromordinal(day_of(sampled_at).toordinal() - 9)
    laid = await lay_plan(database, tests=(7,), zero=zero)
    path = f"/v1/plans/{laid.plan_id}/test-results"
    first = await town.post(path, json=a_proof(sampled_at))
    again = await town.post(path, json=a_proof(sampled_at))
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["verdict"], again.json()["verdict"]) == ("stored", "duplicate")
    (test,) = first.json()["tests"]
    assert (test["done"], test["days_late"], first.json()["on_hold"]) == (True, 2, False)
    assert (await town.post(path, json=a_proof(sampled_at, result="positive"))).status_code == 409
    positive = await town.post(path, json=a_proof(sampled_at, result="positive", reference="WH-2"))
    assert positive.json()["on_hold"] is True
    neighbour = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE, 'plans:write')}"}
    assert (await town.post(path, json=a_proof(sampled_at), headers=neighbour)).status_code == 404


NO_PROOFS: list[tuple[dict[str, Any], str, str]] = [
    ({"reference": "张伟"}, "reference", "name"),
    ({"institution": ""}, "institution", "1 character"),
    ({"institution": "x" * 101}, "institution", "100"),
    ({"result": "unclear"}, "result", "positive"),
    ({"sampled_at": "2999-01-01T00:00:00Z", "resulted_at": "2999-01-01T00:00:00Z"}, "sampled_at", "ahead"),
    ({"resulted_at": "2020-01-01T00:00:00Z"}, "resulted_at", "before"),
]


async def test_what_a_proof_cannot_say(town: httpx.AsyncClient, database: Database) -> None:
    laid = await lay_plan(database, tests=(7,))
    for changes, field, word in NO_PROOFS:
        proof = {**a_proof(datetime(2021, 2, 9, tzinfo=UTC)), **changes}
        answer = await town.post(f"/v1/plans/{laid.plan_id}/test-results", json=proof)
        assert answer.status_code == 422, changes
        named = {problem["field"]: problem["reason"] for problem in answer.json()["problems"]}
        assert word in named[field], changes
    assert await rows(database, "SELECT * FROM person_sample") == []
