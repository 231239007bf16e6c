"""Gatherings through the real door: announced, decided by the district, changed, held without approval."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from services.registration.actions.places.judge_gatherings import judge_due_gatherings
from services.registration.rules.places.law import law_of
from shared.contracts.registration.places import (
    GatheringAwaitsDecision,
    GatheringDecided,
    GatheringUnapproved,
)
from shared.policy import load_pack
from shared.postgres import Database
from tests.builders import ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.policy.packs import PACK
from tests.registration.conftest import EventsOnBus
from tests.registration.places.statements import a_gathering

pytestmark = pytest.mark.requirement("gatherings")

PATH = "/v1/gatherings"
DADUKOU = "500104"
APPROVAL = "渡建胜肺炎组发〔2021〕2号 §14"
SUSPENSION = "渡建胜肺炎组发〔2021〕2号 §18; 渝肺炎组发〔2021〕1号 §17"
HOUR = timedelta(hours=1)


@pytest.fixture
async def district(database_url: str) -> dict[str, str]:
    """The headers of the district leading group."""
    key = await a_key(database_url, DADUKOU, "gatherings:approve", "gatherings:read")
    return {"authorization": f"Bearer {key}"}


async def announce(town: httpx.AsyncClient, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = await town.post(PATH, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def a_decision(people: int, decision: str = "approved") -> dict[str, Any]:
    occurred_at = datetime.now(UTC).isoformat()
    return {"decision": decision, "people": people, "reason": "方案可行", "occurred_at": occurred_at}


async def test_forty_nine_need_nothing_and_fifty_a_decision(
    town: httpx.AsyncClient, events: EventsOnBus, district: dict[str, str]
) -> None:
    now = datetime.now(UTC)
    small = await announce(town, a_gathering(now, 49, plan=None))
    assert (small["state"], small["clause"]) == ("no-approval-needed", None)
    refused = await town.post(
        f"{PATH}/{small['gathering_id']}/decision", json=a_decision(49), headers=district
    )
    assert (refused.status_code, refused.json()["clause"]) == (409, APPROVAL)
    body = a_gathering(now, 50, plan=None)
    large = await announce(town, body)
    assert (large["state"], large["clause"]) == ("plan-missing", APPROVAL)
    path = f"{PATH}/{large['gathering_id']}/decision"
    early = await town.post(path, json=a_decision(50), headers=district)
    assert (early.status_code, early.json()["clause"]) == (409, APPROVAL)
    assert (await announce(town, {**body, "plan": "PLAN-1"}))["state"] == "awaiting-decision"
    decision = a_decision(50)
    decided = await town.post(path, json=decision, headers=district)
    assert (decided.status_code, decided.json()["state"]) == (201, "approved")
    assert (await town.post(path, json=decision, headers=district)).status_code == 200
    awaits, told = await events(2)
    assert isinstance(awaits, GatheringAwaitsDecision)
    assert isinstance(told, GatheringDecided)
    assert (told.people, told.decision) == (50, "approved")
    shown = (await town.get(f"{PATH}/{large['gathering_id']}")).json()
    assert [one["reason"] for one in shown["decisions"]] == ["方案可行"]
    assert len(shown["statements"]) == 2
    assert shown["organiser"] == {"name": "李**", "telephone": "139****00"}


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        (60, 80, "awaiting-decision"),
        (60, 61, "awaiting-decision"),
        (60, 60, "approved"),
        (60, 55, "approved"),
        (60, 49, "no-approval-needed"),
        (45, 55, "awaiting-decision"),
        (45, 49, "no-approval-needed"),
        (45, 50, "awaiting-decision"),
    ],
)
async def test_a_change_of_the_head_count_is_judged_anew(
    town: httpx.AsyncClient, district: dict[str, str], before: int, after: int, state: str
) -> None:
    body = a_gathering(datetime.now(UTC), before)
    gathering = await announce(town, body)
    path = f"{PATH}/{gathering['gathering_id']}/decision"
    if before >= 50:
        approved = await town.post(path, json=a_decision(before), headers=district)
        assert approved.json()["state"] == "approved"
    changed = await announce(town, {**body, "people": after}, status=200 if after == before else 201)
    assert (changed["people"], changed["state"]) == (after, state)
    if state == "awaiting-decision":
        stale = await town.post(path, json=a_decision(before), headers=district)
        assert stale.status_code == 409, "the head count that was decided about is not the present one"
        anew = await town.post(path, json=a_decision(after), headers=district)
        assert anew.json()["state"] == "approved"


async def test_only_the_district_and_above_decide(town: httpx.AsyncClient, database_url: str) -> None:
    gathering = await announce(town, a_gathering(datetime.now(UTC)))
    path = f"{PATH}/{gathering['gathering_id']}/decision"
    below = await town.post(path, json=a_decision(60))
    assert (below.status_code, below.json()["clause"]) == (403, APPROVAL)
    for division, scope, status in (
        (DADUKOU, "gatherings:write", 403),
        ("500101", "gatherings:approve", 404),
        ("500000", "gatherings:approve", 201),
    ):
        key = await a_key(database_url, division, scope)
        headers = {"authorization": f"Bearer {key}"}
        answer = await town.post(path, json=a_decision(60, "refused"), headers=headers)
        assert answer.status_code == status, division
    assert (await town.get(f"{PATH}/{gathering['gathering_id']}")).json()["state"] == "refused"


@pytest.mark.parametrize("kind", ["religious", "folk-fair", "mass-performance"])
async def test_suspended_kinds_are_refused_with_the_clause(town: httpx.AsyncClient, kind: str) -> None:
    body = a_gathering(datetime.now(UTC), 5, kind=kind)
    refused = await town.post(PATH, json=body)
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert refused.json()["clause"] == (APPROVAL if kind == "mass-performance" else SUSPENSION)
    assert refused.json()["problems"][0]["field"] == "kind"
    assert (await town.get(PATH)).json()["items"] == []


async def test_feasts_are_stored_with_advice(town: httpx.AsyncClient) -> None:
    feast = await announce(town, a_gathering(datetime.now(UTC), 20, kind="feast"))
    assert feast["state"] == "no-approval-needed"
    assert "丧事简办" in feast["advice"]["zh"]


async def test_what_is_held_without_approval_is_listed_and_told(
    town: httpx.AsyncClient, events: EventsOnBus, service_database_url: Any
) -> None:
    now = datetime.now(UTC)
    soon = await announce(town, a_gathering(now, 60, plan=None))
    await announce(town, a_gathering(now, 20))
    database = await Database.open(service_database_url("registration"), "registration")
    law = law_of(load_pack(PACK)).gatherings
    begins_at = datetime.fromisoformat(soon["from"])
    try:
        for moment, count in ((begins_at - timedelta(seconds=1), 0), (begins_at, 1), (begins_at + HOUR, 1)):
            await judge_due_gatherings(database, law, now=moment)
            listed = (await town.get(PATH, params={"unapproved": "true"})).json()["items"]
            assert len(listed) == count
    finally:
        await database.close()
    seen = a_gathering(now, 8, kind="religious", held_at=(now - HOUR).isoformat())
    found = await announce(town, seen)
    assert (found["state"], found["clause"]) == ("suspended", SUSPENSION)
    assert datetime.fromisoformat(found["unapproved_since"]) == now - HOUR
    first, second = await events(2)
    assert {type(first), type(second)} == {GatheringUnapproved}
    assert (first.occurred_at, second.occurred_at) == (begins_at, now - HOUR)


async def test_more_people_than_were_approved_is_without_approval(
    town: httpx.AsyncClient, district: dict[str, str]
) -> None:
    now = datetime.now(UTC)
    began = {"from": (now + timedelta(seconds=1)).isoformat(), "until": (now + HOUR).isoformat()}
    body = a_gathering(now, 60, **began)
    gathering = await announce(town, body)
    path = f"{PATH}/{gathering['gathering_id']}/decision"
    await town.post(path, json={**a_decision(60), "occurred_at": now.isoformat()}, headers=district)
    later = (now + timedelta(seconds=2)).isoformat()
    seen = await announce(town, {**body, "people": 90, "held_at": later, "recorded_at": later})
    assert (seen["people"], seen["state"]) == (90, "awaiting-decision")


async def test_a_cancelled_gathering_is_decided_no_more(
    town: httpx.AsyncClient, district: dict[str, str]
) -> None:
    gathering = await announce(town, a_gathering(datetime.now(UTC)))
    path = f"{PATH}/{gathering['gathering_id']}"
    called_off = await town.post(f"{path}/cancellation", json={"reason": "改为线上"})
    assert (called_off.status_code, called_off.json()["state"]) == (201, "cancelled")
    assert (await town.post(f"{path}/cancellation", json={"reason": "改为线上"})).status_code == 200
    refused = await town.post(f"{path}/decision", json=a_decision(60), headers=district)
    assert refused.status_code == 409
    assert len((await town.get(PATH, params={"state": "cancelled"})).json()["items"]) == 1


NO_GATHERINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"people": 0}, "people", "greater"),
    ({"people": 49.5}, "people", "integer"),
    ({"people": None}, "people", "integer"),
    ({"until": "2021-01-01T00:00:00Z"}, "until", "after"),
    ({"from": "tomorrow"}, "from", "RFC 3339"),
    ({"from": "2021-02-01T09:00:00"}, "from", "offset"),
    ({"kind": "carnival"}, "kind", "meeting"),
    ({"place": "P-none-1"}, "place", "subtree"),
    ({"division": "500104102999"}, "division", "unknown"),
    ({"organiser": {"name": "", "telephone": "13900139000"}}, "organiser.name", "at least"),
    ({"venue": "13900139000"}, "venue", "mobile"),
    ({"held_at": "2999-01-01T00:00:00Z"}, "held_at", "ahead"),
]


async def test_what_is_refused_names_field_and_reason(town: httpx.AsyncClient) -> None:
    for changes, field, word in NO_GATHERINGS:
        answer = await town.post(PATH, json=a_gathering(datetime.now(UTC), **changes))
        assert answer.status_code == 422, changes
        (problem,) = answer.json()["problems"]
        assert problem["field"] == field, changes
        assert word in problem["reason"], changes
    assert (await town.get(PATH)).json()["items"] == []


async def test_a_repetition_is_known_and_the_organiser_lies_sealed(
    town: httpx.AsyncClient, database_url: str
) -> None:
    now = datetime.now(UTC)
    body = a_gathering(now, recorded_at=now.isoformat())
    assert (await announce(town, body))["verdict"] == "stored"
    assert (await announce(town, body, 200))["verdict"] == "duplicate"
    older = {**body, "people": 90, "recorded_at": (now - HOUR).isoformat()}
    assert (await announce(town, older))["people"] == 60, "what was entered earlier does not hold"
    connection = await asyncpg.connect(database_url)
    try:
        words = await connection.fetchval("SELECT string_agg(g::text, '') FROM registration.gathering AS g")
    finally:
        await connection.close()
    assert "李明" not in words
    assert "13900139000" not in words


async def test_a_key_sees_its_own_subtree_only(town: httpx.AsyncClient, database_url: str) -> None:
    gathering = await announce(town, a_gathering(datetime.now(UTC)))
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, "gatherings:read", "gatherings:write")
    other = await a_key(database_url, JIANSHENG, "places:write")
    path = f"{PATH}/{gathering['gathering_id']}"
    for key, statuses in ((neighbour, (403, 404, 404, 200)), (other, (403, 403, 403, 403))):
        headers = {"authorization": f"Bearer {key}"}
        body = a_gathering(datetime.now(UTC))
        found = (
            (await town.post(PATH, json=body, headers=headers)).status_code,
            (await town.get(path, headers=headers)).status_code,
            (await town.post(f"{path}/cancellation", json={"reason": "r"}, headers=headers)).status_code,
            (await town.get(PATH, headers=headers)).status_code,
        )
        assert found == statuses
    headers = {"authorization": f"Bearer {neighbour}"}
    assert (await town.get(PATH, headers=headers)).json()["items"] == []
    assert (await town.get(PATH, params={"division": OUTSIDE})).status_code == 403


async def test_the_same_announcement_without_a_date_is_a_repetition(town: httpx.AsyncClient) -> None:
    body = a_gathering(datetime.now(UTC), 60)
    first, again = await announce(town, body), await announce(town, body, status=200)
    assert (first["verdict"], again["verdict"]) == ("stored", "duplicate")
    at_once = await asyncio.gather(*(town.post(PATH, json=body) for _ in range(8)))
    assert {answer.status_code for answer in at_once} == {200}
    await announce(town, {**body, "people": 70})
    assert (await announce(town, body))["people"] == 60
    other = {**body, "organiser": {"name": "赵敏", "telephone": "13900139000"}}
    assert (await announce(town, other))["organiser"]["name"] == "赵**"
    await announce(town, other, status=200)
    path = f"{PATH}/{first['gathering_id']}"
    assert [one["people"] for one in (await town.get(path)).json()["statements"]] == [60, 70, 60, 60]
