"""Health reports, missed days and episodes through the real door."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.registration.rules.day_count import begins_at, day_of
from shared.contracts.registration import (
    HealthDayFollowedUp,
    HealthDayOpened,
    HealthReported,
    SymptomFlagged,
)
from shared.postgres import Database
from tests.builders import ANOTHER_VILLAGE, JIANSHENG
from tests.keys import a_key
from tests.registration.care.seeds import a_person, a_plan, a_whole_five
from tests.registration.care.test_five_on_postgres import settle
from tests.registration.care.test_health_on_postgres import open_all
from tests.registration.conftest import EventsOnBus

pytestmark = pytest.mark.requirement("health-monitoring")


def a_report(person: UUID, **changes: Any) -> dict[str, Any]:
    """A report of this minute, without a fever, unless changed."""
    now = datetime.now(UTC)
    return {
        "person_id": str(person),
        "day": day_of(now).isoformat(),
        "period": "morning",
        "temperature_celsius": 36.5,
        "reporter": "self",
        "measured_at": now.isoformat(),
        **changes,
    }


@pytest.fixture
async def people(database: Database) -> list[UUID]:
    """Three people under management whose day has been opened."""
    now = datetime.now(UTC)
    async with database.transaction() as connection:
        found = sorted([await a_person(connection) for _ in range(3)])
        for person in found:
            await a_plan(connection, person, decided_at=now - timedelta(days=3))
    await open_all(database, now + timedelta(minutes=1))
    return found


async def test_a_report_is_kept_once_corrected_by_another_and_flags_a_fever(
    town: httpx.AsyncClient, people: list[UUID], events: EventsOnBus
) -> None:
    said = a_report(people[0], symptoms=["cough", "cough"])
    first = await town.post("/v1/health-reports", json=said)
    assert (first.status_code, first.json()["flagged"]) == (201, ["cough"])
    assert (await town.post("/v1/health-reports", json=said)).status_code == 200
    corrected = {**said, "temperature_celsius": 37.3, "symptoms": []}
    answer = (await town.post("/v1/health-reports", json=corrected)).json()
    assert (answer["temperature_celsius"], answer["flagged"]) == (37.3, ["fever"])
    (listed,) = (await town.get("/v1/health-reports")).json()["items"]
    (own,) = (await town.get(f"/v1/people/{people[0]}/health-reports")).json()
    assert listed == own
    assert listed["temperature_celsius"] == 37.3
    found = await events(6)
    kinds = [type(event) for event in found]
    assert kinds[:3] == [HealthDayOpened] * 3
    assert sorted(kinds[3:], key=str) == sorted([HealthReported, SymptomFlagged, SymptomFlagged], key=str)


async def test_a_batch_has_a_verdict_for_each_row(town: httpx.AsyncClient, people: list[UUID]) -> None:
    rows = [
        a_report(people[0]),
        a_report(uuid4()),
        a_report(people[1], temperature_celsius=36.555),
        a_report(people[1], day="2020-02-30"),
        a_report(people[1], day="2020-02-29"),
        a_report(people[2], temperature_celsius=39.5),
    ]
    body = "\n".join(json.dumps(row) for row in rows)
    answer = await town.post(
        "/v1/health-reports/batch", content=body, headers={"content-type": "application/x-ndjson"}
    )
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    assert [row["verdict"] for row in receipt["rows"]] == [
        "stored",
        "refused",
        "refused",
        "refused",
        "refused",
        "stored",
    ]
    fields = [row["problems"][0]["field"] for row in receipt["rows"] if row["problems"]]
    assert fields == ["person_id", "temperature_celsius", "day", "day"]
    assert receipt["rows"][5]["flagged"] == ["fever"]
    missing = (await town.get("/v1/health-reports/missing")).json()["items"]
    assert [row["person_id"] for row in missing] == [str(people[1])]


NO_REPORTS: list[tuple[dict[str, Any], str]] = [
    ({"temperature_celsius": 33.99}, "temperature_celsius"),
    ({"temperature_celsius": 43.01}, "temperature_celsius"),
    ({"temperature_celsius": "36.5"}, "temperature_celsius"),
    ({"temperature_celsius": None}, "temperature_celsius"),
    ({"symptoms": ["headache"]}, "symptoms.0"),
    ({"period": "noon"}, "period"),
    ({"reporter": "王某"}, "reporter"),
    ({"person_id": "王某"}, "person_id"),
    ({"day": "2021-02-01"}, "day"),
    ({"measured_at": "9999-12-31T23:59:59Z", "day": "9999-12-31"}, "measured_at"),
    ({"measured_at": "2021-02-01T09:00:00"}, "measured_at"),
]


async def test_what_cannot_be_reported(town: httpx.AsyncClient, people: list[UUID]) -> None:
    for changes, field in NO_REPORTS:
        answer = await town.post("/v1/health-reports", json=a_report(people[0], **changes))
        assert answer.status_code == 422, changes
        assert answer.json()["problems"][0]["field"] == field, (changes, answer.text)
    assert (await town.get("/v1/health-reports")).json()["items"] == []


async def test_a_missed_day_goes_to_its_grid_worker_and_is_followed_up(
    town: httpx.AsyncClient, people: list[UUID], events: EventsOnBus, database: Database
) -> None:
    await town.post("/v1/grid", json=[*a_whole_five(), *a_whole_five(2)])
    await settle(database)
    lists = [
        {
            row["person_id"]
            for row in (
                await town.get("/v1/health-reports/missing", params={"responsible": f"grid-worker-{number}"})
            ).json()["items"]
        }
        for number in (1, 2)
    ]
    assert sorted(map(len, lists)) == [1, 2]
    assert lists[0] | lists[1] == {str(person) for person in people}
    now = datetime.now(UTC)
    found = {"day": day_of(now).isoformat(), "outcome": "well", "occurred_at": now.isoformat()}
    path = f"/v1/people/{people[0]}/missed-days"
    for body, status in (
        (found, 201),
        (found, 200),
        ({**found, "outcome": "not-found"}, 409),
        ({**found, "day": "2021-01-01"}, 404),
        ({**found, "occurred_at": (begins_at(day_of(now)) - timedelta(hours=1)).isoformat()}, 422),
    ):
        assert (await town.post(path, json=body)).status_code == status, body
    assert len((await town.get("/v1/health-reports/missing")).json()["items"]) == 2
    assert (await town.post("/v1/health-reports", json=a_report(people[1]))).status_code == 201
    assert (await town.post(f"/v1/people/{people[1]}/missed-days", json=found)).status_code == 409
    kinds = {type(event) for event in await events(3 + 10 + 5 + 2)}
    assert HealthDayFollowedUp in kinds


async def test_an_episode_from_the_fever_to_its_outcome(town: httpx.AsyncClient, people: list[UUID]) -> None:
    await town.post("/v1/health-reports", json=a_report(people[0], temperature_celsius=38.1))
    (episode,) = (await town.get("/v1/symptom-episodes", params={"state": "open"})).json()["items"]
    path = f"/v1/symptom-episodes/{episode['episode_id']}"
    at = episode["opened_at"]
    steps: list[tuple[str, dict[str, str], int, str | None]] = [
        ("follow-ups", {"step": "visited", "occurred_at": at}, 201, "followed-up"),
        ("follow-ups", {"step": "visited", "occurred_at": at}, 200, "followed-up"),
        ("follow-ups", {"step": "slept", "occurred_at": at}, 422, None),
        ("close", {"outcome": "ruled-out", "occurred_at": "2021-01-01T00:00:00Z"}, 422, None),
        ("close", {"outcome": "ruled-out", "occurred_at": at}, 201, "closed"),
        ("close", {"outcome": "ruled-out", "occurred_at": at}, 200, "closed"),
        ("close", {"outcome": "recovered", "occurred_at": at}, 409, None),
        ("follow-ups", {"step": "sampled", "occurred_at": at}, 409, None),
    ]
    for door, body, status, state in steps:
        answer = await town.post(f"{path}/{door}", json=body)
        assert answer.status_code == status, (door, body, answer.text)
        assert answer.json().get("state") == state
    shown = (await town.get(path)).json()
    assert [step["step"] for step in shown["steps"]] == ["visited", "ruled-out"] or len(shown["steps"]) == 2
    assert (await town.get("/v1/symptom-episodes", params={"state": "open"})).json()["items"] == []
    again = a_report(people[0], temperature_celsius=38.4, period="evening")
    await town.post("/v1/health-reports", json=again)
    listed = (await town.get("/v1/symptom-episodes")).json()["items"]
    assert sorted(one["state"] for one in listed) == ["closed", "open"]


async def test_keys_reach_their_own_scope_and_subtree(
    town: httpx.AsyncClient, people: list[UUID], database_url: str
) -> None:
    now = datetime.now(UTC)
    await town.post("/v1/health-reports", json=a_report(people[0], temperature_celsius=38.1))
    (episode,) = (await town.get("/v1/symptom-episodes")).json()["items"]
    path = f"/v1/symptom-episodes/{episode['episode_id']}"
    at = now.isoformat()
    found = {"day": day_of(now).isoformat(), "outcome": "well", "occurred_at": at}
    doors: list[tuple[str, str, Any, int]] = [
        ("POST", "/v1/health-reports", a_report(people[1]), 422),
        ("GET", "/v1/health-reports", None, 200),
        ("GET", "/v1/health-reports/missing", None, 200),
        ("GET", f"/v1/people/{people[0]}/health-reports", None, 404),
        ("POST", f"/v1/people/{people[1]}/missed-days", found, 404),
        ("GET", "/v1/symptom-episodes", None, 200),
        ("GET", path, None, 404),
        ("POST", f"{path}/follow-ups", {"step": "visited", "occurred_at": at}, 404),
        ("POST", f"{path}/close", {"outcome": "recovered", "occurred_at": at}, 404),
    ]
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, "health:read", "health:write")
    outsider = await a_key(database_url, JIANSHENG, "returns:read", "returns:write")
    for method, door, body, status in doors:
        for key, expected in ((neighbour, status), (outsider, 403)):
            headers = {"authorization": f"Bearer {key}"}
            answer = await town.request(method, door, json=body, headers=headers)
            assert answer.status_code == expected, (method, door, answer.text)
            if expected == 200:
                assert answer.json()["items"] == []
