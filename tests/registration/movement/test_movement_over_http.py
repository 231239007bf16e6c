"""Leaving, coming home and moving inside, through the real doors."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import nats
import pytest

from services.registration.rules.day_count import day_of
from tests.builders import A_VILLAGE, OUTSIDE
from tests.keys import a_key
from tests.registration.returns.stories import a_person, a_stay, a_test, from_county, plan_of, tell
from tests.registration.statements import a_return
from tests.waiting import until

pytestmark = pytest.mark.requirement("movement-rules")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DEPARTURES, DEMANDS, CHECK = "/v1/departures", "/v1/destination-demands", "/v1/passes/check"
SHIJIAZHUANG = "130104"


def today() -> date:
    return day_of(datetime.now(UTC))


def a_departure(**changes: Any) -> dict[str, Any]:
    """Somebody who leaves for another province in ten days, unless changed."""
    row = {
        "reference": f"L-{uuid4()}",
        "division": A_VILLAGE,
        "person": a_person(),
        "destination": SHIJIAZHUANG,
        "leaving_on": (today() + 10 * DAY).isoformat(),
        "purpose": "family",
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


async def events_of(nats_url: str, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    client = await nats.connect(nats_url)
    try:
        jetstream = client.jetstream()
        count = (await jetstream.stream_info("REGISTRATION")).state.messages
        found = [await jetstream.get_msg("REGISTRATION", number + 1) for number in range(count)]
        told = [
            ((one.headers or {})["ce-type"].partition(".")[2], json.loads(one.data or b"")) for one in found
        ]
        return [(kind, body) for kind, body in told if kind in kinds]
    finally:
        await client.close()


async def told_tests(nats_url: str, number: int) -> list[tuple[str, str | None]]:
    kinds = ("departure-test-due", "departure-test-dropped")

    async def enough() -> Any:
        return len(await events_of(nats_url, *kinds)) >= number

    await until(enough, what=f"{number} events")
    return [(kind, body.get("due_on")) for kind, body in await events_of(nats_url, *kinds)]


@pytest.fixture
async def municipality(database_url: str) -> dict[str, str]:
    return {"authorization": f"Bearer {await a_key(database_url, '500000')}"}


async def test_the_test_before_a_departure_follows_what_is_said(
    town: httpx.AsyncClient, nats_url: str
) -> None:
    row = a_departure(negative_within_hours=48)
    first = await town.post(DEPARTURES, json=row)
    assert first.status_code == 201, first.text
    due = (today() + 9 * DAY).isoformat()
    assert (first.json()["test_from"], first.json()["test_due_on"]) == ((today() + 8 * DAY).isoformat(), due)
    assert (first.json()["state"], first.json()["destination_level"]) == ("planned", "low")
    again = await town.post(DEPARTURES, json=row)
    assert (again.status_code, again.json()["verdict"]) == (200, "duplicate")
    later = {**row, "leaving_on": (today() + 12 * DAY).isoformat()}
    moved = await town.post(DEPARTURES, json=later)
    assert (moved.status_code, moved.json()["test_due_on"]) == (201, (today() + 11 * DAY).isoformat())
    path = f"{DEPARTURES}/{first.json()['departure_id']}"
    ended = await town.post(f"{path}/withdraw")
    assert (ended.status_code, ended.json()["state"], ended.json()["test_due_on"]) == (200, "withdrawn", None)
    assert (await town.post(f"{path}/withdraw")).json() == ended.json()
    assert (await town.get(path)).json() == ended.json()
    assert await told_tests(nats_url, 4) == [
        ("departure-test-due", due),
        ("departure-test-dropped", None),
        ("departure-test-due", (today() + 11 * DAY).isoformat()),
        ("departure-test-dropped", None),
    ]


async def test_repetitions_turn_nothing_back(town: httpx.AsyncClient) -> None:
    first = a_departure()
    later = {**first, "leaving_on": (today() + 12 * DAY).isoformat()}
    told = [await town.post(DEPARTURES, json=row) for row in (first, later, first, later)]
    assert [answer.status_code for answer in told] == [201, 201, 200, 200]
    assert {answer.json()["leaving_on"] for answer in told[1:]} == {later["leaving_on"]}
    back = {**first, "recorded_at": datetime.now(UTC).isoformat()}
    meant = await town.post(DEPARTURES, json=back)
    assert (meant.status_code, meant.json()["leaving_on"]) == (201, first["leaving_on"])
    older = {**later, "recorded_at": (datetime.now(UTC) - HOUR).isoformat()}
    assert (await town.post(DEPARTURES, json=older)).json()["leaving_on"] == first["leaving_on"]
    withdrawn = await town.post(f"{DEPARTURES}/{meant.json()['departure_id']}/withdraw")
    for row in (first, back):
        again = await town.post(DEPARTURES, json=row)
        assert (again.status_code, again.json()["state"]) == (200, "withdrawn")
    other = {**later, "recorded_at": datetime.now(UTC).isoformat()}
    assert (await town.post(DEPARTURES, json=other)).status_code == 409
    path = f"{DEPARTURES}/{withdrawn.json()['departure_id']}"
    assert (await town.get(path)).json() == withdrawn.json()


async def test_departures_and_demands_at_once_agree_in_the_end(
    town: httpx.AsyncClient, municipality: dict[str, str]
) -> None:
    demand = {"negative_within_hours": 72, "source": "公告"}
    rows = [a_departure() for _ in range(12)]
    answers = await asyncio.gather(
        *(town.post(DEPARTURES, json=row) for row in rows[:6]),
        town.put(f"{DEMANDS}/130000", json=demand, headers=municipality),
        *(town.post(DEPARTURES, json=row) for row in rows),
    )
    assert {answer.status_code for answer in answers} <= {200, 201}
    listed = (await town.get(DEPARTURES)).json()["items"]
    assert len(listed) == 12
    assert {one["test_from"] for one in listed} == {(today() + 7 * DAY).isoformat()}


async def test_what_a_destination_asks_changes_the_tests_of_departures_that_lie_ahead(
    town: httpx.AsyncClient, municipality: dict[str, str], nats_url: str
) -> None:
    free = (await town.post(DEPARTURES, json=a_departure())).json()
    assert free["test_due_on"] is None
    elsewhere = (await town.post(DEPARTURES, json=a_departure(destination="310115"))).json()
    demand = {"negative_within_hours": 72, "source": "河北省疫情防控公告"}
    put = await town.put(f"{DEMANDS}/130000", json=demand, headers=municipality)
    assert put.status_code == 201
    path = f"{DEPARTURES}/{free['departure_id']}"
    assert (await town.get(path)).json()["test_from"] == (today() + 7 * DAY).isoformat()
    stricter = {**demand, "negative_within_hours": 24}
    assert (await town.put(f"{DEMANDS}/{SHIJIAZHUANG}", json=stricter, headers=municipality)).is_success
    assert (await town.get(path)).json()["test_from"] == (today() + 9 * DAY).isoformat()
    told = a_departure(negative_within_hours=48)
    assert (await town.post(DEPARTURES, json=told)).json()["test_from"] == (today() + 9 * DAY).isoformat()
    none = {**demand, "negative_within_hours": None}
    for area in ("130000", SHIJIAZHUANG):
        assert (await town.put(f"{DEMANDS}/{area}", json=none, headers=municipality)).status_code == 200
    assert (await town.get(path)).json()["test_due_on"] is None
    unmoved = await town.get(f"{DEPARTURES}/{elsewhere['departure_id']}")
    assert unmoved.json()["test_due_on"] is None
    listed = (await town.get(DEMANDS)).json()["items"]
    assert [one["area"] for one in listed] == ["130000", SHIJIAZHUANG]
    assert (await town.put(f"{DEMANDS}/130000", json=demand)).status_code == 403
    assert (await town.put(f"{DEMANDS}/999999", json=demand, headers=municipality)).status_code == 422
    kinds = [kind for kind, _ in await told_tests(nats_url, 6)]
    assert kinds.count("departure-test-due") - kinds.count("departure-test-dropped") == 1


async def test_on_return_the_risk_of_where_they_were_governs(
    town: httpx.AsyncClient, municipality: dict[str, str]
) -> None:
    now, person = datetime.now(UTC), a_person()
    left = a_departure(person=person, leaving_on=(today() - 5 * DAY).isoformat())
    departure = (await town.post(DEPARTURES, json=left)).json()
    path = f"{DEPARTURES}/{departure['departure_id']}"
    assert (await town.get(path)).json()["homecoming"] is None
    area = {
        "area": SHIJIAZHUANG,
        "name": "桥西区",
        "level": "medium",
        "from": (today() - 20 * DAY).isoformat(),
        "source": "公告",
    }
    assert (await town.post("/v1/risk-areas", json=area, headers=municipality)).is_success
    assert (await town.get(path)).json()["destination_level"] == "medium"
    home = a_return(
        now,
        arrived_at=now.isoformat(),
        person=person,
        route=[a_stay(SHIJIAZHUANG, today() - 5 * DAY, today())],
        proofs=[a_test(now - 30 * HOUR)],
    )
    returned = await tell(town, home)
    assert (await plan_of(town, returned["person_id"]))["governing_rule"] == "medium-risk-area-with-proof"
    shown = (await town.get(path)).json()
    assert (shown["state"], shown["homecoming"]["return_id"]) == ("returned", returned["return_id"])
    assert shown["homecoming"]["names_destination"] is True
    checked = await town.post(CHECK, json={"person_id": returned["person_id"], "passage": "public-transport"})
    assert (checked.json()["colour"], checked.json()["is_allowed"]) == ("yellow", False)
    assert [one["refusal"] for one in checked.json()["reasons"]] == ["code-not-green", "restricted"]


async def test_a_route_that_hides_the_destination_is_seen(town: httpx.AsyncClient) -> None:
    now, person = datetime.now(UTC), a_person()
    left = a_departure(person=person, leaving_on=(today() - 5 * DAY).isoformat())
    departure = (await town.post(DEPARTURES, json=left)).json()
    stays = [a_stay("310115", today() - 5 * DAY, today())]
    await tell(town, a_return(now, arrived_at=now.isoformat(), person=person, route=stays))
    shown = (await town.get(f"{DEPARTURES}/{departure['departure_id']}")).json()
    assert shown["homecoming"]["names_destination"] is False


async def test_a_green_code_is_enough_and_no_plan_is_green(town: httpx.AsyncClient) -> None:
    person = a_person()
    departure = (await town.post(DEPARTURES, json=a_departure(person=person))).json()
    by_document = {"identity": person["identity"]}
    checked = await town.post(CHECK, json=by_document)
    assert checked.status_code == 200, checked.text
    assert (checked.json()["person_id"], checked.json()["is_allowed"]) == (departure["person_id"], True)
    assert (checked.json()["colour"], checked.json()["reasons"]) == ("green", [])
    assert (await town.get(f"/v1/passes/{departure['person_id']}")).json() == checked.json()
    for secret in (person["name"], person["identity"]["number"], person["telephone"]):
        assert secret not in checked.text


async def test_quarantine_is_red_with_the_clause_and_the_words(
    town: httpx.AsyncClient, municipality: dict[str, str]
) -> None:
    now = datetime.now(UTC)
    area = {"area": SHIJIAZHUANG, "name": "桥西区", "level": "high", "source": "公告"}
    since = {"from": (today() - 20 * DAY).isoformat()}
    assert (await town.post("/v1/risk-areas", json={**area, **since}, headers=municipality)).is_success
    returned = await tell(town, from_county(now, SHIJIAZHUANG))
    shown = (await town.get(f"/v1/passes/{returned['person_id']}")).json()
    assert (shown["colour"], shown["stage"], shown["is_allowed"]) == ("red", "central-quarantine", False)
    (reason,) = shown["reasons"]
    assert "集中隔离" in reason["text"]["zh"]
    assert any("§15" in clause["zh"] for clause in reason["clauses"])


async def test_listed_occupations_stay_at_work_in_principle(town: httpx.AsyncClient) -> None:
    person = a_person(occupation="port-cargo")
    departure = (await town.post(DEPARTURES, json=a_departure(person=person))).json()
    asked = {"person_id": departure["person_id"], "passage": "leaving-municipality"}
    private = (await town.post(CHECK, json=asked)).json()
    assert (private["is_allowed"], private["is_allowed_by_exception"]) == (False, True)
    assert [one["refusal"] for one in private["reasons"]] == ["stays-at-work"]
    assert (await town.post(CHECK, json={**asked, "for_work": True})).json()["is_allowed"] is True


NO_CHECKS: list[tuple[dict[str, Any], int, str | None]] = [
    ({}, 422, "person_id"),
    ({"person_id": str(uuid4()), "identity": a_person()["identity"]}, 422, "person_id"),
    ({"person_id": str(uuid4())}, 404, None),
    ({"identity": a_person()["identity"]}, 404, None),
    ({"identity": {"number": "500104199001011234"}}, 422, "identity.number"),
    ({"person_id": str(uuid4()), "passage": "flying"}, 422, "passage"),
]


@pytest.mark.parametrize(("body", "status", "field"), NO_CHECKS)
async def test_what_cannot_be_checked(
    town: httpx.AsyncClient, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = await town.post(CHECK, json=body)
    assert answer.status_code == status, answer.text
    if field is not None:
        assert field in [one["field"] for one in answer.json()["problems"]]


NO_DEPARTURES: list[tuple[dict[str, Any], str]] = [
    ({"destination": "500101"}, "destination"),
    ({"destination": "999999"}, "destination"),
    ({"person": None}, "person_id"),
    ({"person": None, "person_id": str(uuid4())}, "person_id"),
    ({"purpose": "holiday"}, "purpose"),
    ({"negative_within_hours": 0}, "negative_within_hours"),
    ({"leaving_on": "2021-02-30"}, "leaving_on"),
    ({"person": {"name": "张伟", "occupation": "poet"}}, "person.occupation"),
]


@pytest.mark.parametrize(("changes", "field"), NO_DEPARTURES)
async def test_what_is_no_departure(town: httpx.AsyncClient, changes: dict[str, Any], field: str) -> None:
    answer = await town.post(DEPARTURES, json=a_departure(**changes))
    assert answer.status_code == 422, answer.text
    assert field in [one["field"] for one in answer.json()["problems"]]
    assert (await town.get(DEPARTURES)).json()["items"] == []


async def test_another_person_under_the_same_reference_is_a_conflict(town: httpx.AsyncClient) -> None:
    row = a_departure()
    assert (await town.post(DEPARTURES, json=row)).status_code == 201
    answer = await town.post(DEPARTURES, json={**row, "person": a_person()})
    assert answer.status_code == 409
    assert answer.json()["problems"][0]["field"] == "reference"


async def test_a_key_sees_its_subtree_only(town: httpx.AsyncClient, database_url: str) -> None:
    departure = (await town.post(DEPARTURES, json=a_departure())).json()
    other = {"authorization": f"Bearer {await a_key(database_url, OUTSIDE)}"}
    path = f"{DEPARTURES}/{departure['departure_id']}"
    assert (await town.get(path, headers=other)).status_code == 404
    assert (await town.post(f"{path}/withdraw", headers=other)).status_code == 404
    assert (await town.get(f"/v1/passes/{departure['person_id']}", headers=other)).status_code == 404
    check = await town.post(CHECK, json={"person_id": departure["person_id"]}, headers=other)
    assert check.status_code == 404
    assert (await town.get(DEPARTURES, headers=other)).json()["items"] == []
    beside = await town.get(DEPARTURES, params={"division": A_VILLAGE}, headers=other)
    assert beside.status_code == 403
    assert (await town.post(DEPARTURES, json=a_departure(), headers=other)).status_code == 403
    stolen = a_departure(division=OUTSIDE, person=None, person_id=departure["person_id"])
    assert (await town.post(DEPARTURES, json=stolen, headers=other)).status_code == 422
