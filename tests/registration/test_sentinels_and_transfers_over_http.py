"""Sentinels' reports and transfers through the real door."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.registration import (
    CentralQuarantineDecided,
    QuarantineArrived,
    ReturnKnown,
    SymptomReported,
    SymptomSeen,
)
from tests.builders import ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.statements import a_return, a_symptom_report, a_transfer

HOUR = timedelta(hours=1)


def ago(now: datetime, hours: float) -> str:
    return (now - hours * HOUR).isoformat()


@pytest.mark.requirement("sentinel-report")
async def test_a_report_in_time_and_more_symptoms_later(town: httpx.AsyncClient, events: EventsOnBus) -> None:
    now = datetime.now(UTC)
    seen = a_symptom_report(now)
    first = await town.post("/v1/symptom-reports", json=seen)
    assert first.status_code == 201
    assert (first.json()["state"], first.json()["minutes_since_seen"]) == ("unreported", 60)
    due_at = datetime.fromisoformat(first.json()["due_at"])
    assert due_at == datetime.fromisoformat(seen["seen_at"]) + 2 * HOUR
    assert (await town.post("/v1/symptom-reports", json=seen)).status_code == 200
    reported = {**seen, "symptoms": ["cough", "fever"], "reported_at": ago(now, 0.5)}
    answer = (await town.post("/v1/symptom-reports", json=reported)).json()
    assert (answer["state"], answer["late_seconds"]) == ("reported", None)
    assert answer["symptoms"] == ["cough", "fever"]
    shown = (await town.get(f"/v1/symptom-reports/{answer['report_id']}")).json()
    assert len(shown["statements"]) == 2
    found = await events(3)
    assert [type(event) for event in found] == [SymptomSeen, SymptomSeen, SymptomReported]
    assert [event.occurred_at for event in found[:2]] == [datetime.fromisoformat(seen["seen_at"])] * 2


@pytest.mark.requirement("sentinel-report")
async def test_a_late_report_is_kept_and_marked(town: httpx.AsyncClient, events: EventsOnBus) -> None:
    now = datetime.now(UTC)
    late = a_symptom_report(now, seen_at=ago(now, 3), reported_at=ago(now, 0.5))
    in_time = a_symptom_report(now, seen_at=ago(now, 3), reported_at=ago(now, 1))
    answer = await town.post("/v1/symptom-reports", json=late)
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["late_seconds"]) == ("reported-late", 1800)
    assert (await town.post("/v1/symptom-reports", json=in_time)).json()["state"] == "reported"
    listed = (await town.get("/v1/symptom-reports", params={"state": "reported-late"})).json()["items"]
    assert [item["reference"] for item in listed] == [late["reference"]]
    earlier = {**in_time, "seen_at": ago(now, 4)}
    assert (await town.post("/v1/symptom-reports", json=earlier)).json()["late_seconds"] == 3600
    assert len(await events(5)) == 5


NO_REPORTS: list[tuple[dict[str, Any], str, str]] = [
    ({"symptoms": []}, "symptoms", "at least one"),
    ({"symptoms": ["headache"]}, "symptoms.0", "fever"),
    ({"reported_at": "2020-01-01T00:00:00Z"}, "reported_at", "before seen_at"),
    ({"seen_at": "9999-12-31T23:59:59Z"}, "seen_at", "ahead"),
    ({"sentinel": "王医生"}, "sentinel", "name"),
    ({"sentinel": None}, "sentinel", "string"),
    ({"division": "500104102999"}, "division", "unknown"),
]


async def test_what_a_sentinel_cannot_say(town: httpx.AsyncClient) -> None:
    for changes, field, word in NO_REPORTS:
        answer = await town.post("/v1/symptom-reports", json=a_symptom_report(datetime.now(UTC), **changes))
        assert answer.status_code == 422, changes
        (problem,) = answer.json()["problems"]
        assert problem["field"] == field, changes
        assert word in problem["reason"], changes
    assert (await town.get("/v1/symptom-reports")).json()["items"] == []


@pytest.mark.requirement("quarantine-transfer")
async def test_from_the_decision_to_the_site_with_the_return_beside(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    now = datetime.now(UTC)
    home = a_return(now)
    returned = (await town.post("/v1/returns", json=home)).json()
    decided = a_transfer(now, return_reference=home["reference"])
    first = (await town.post("/v1/transfers", json=decided)).json()
    assert (first["state"], first["minutes_since_decision"]) == ("awaiting", 60)
    assert first["person_id"] == returned["return_id"]
    assert first["returned_at"] == returned["arrived_at"]
    named = {**decided, "return_reference": None, "person_id": returned["return_id"]}
    assert (await town.post("/v1/transfers", json=named)).json()["verdict"] == "duplicate"
    answer = (await town.post("/v1/transfers", json={**decided, "arrived_at": ago(now, 0)})).json()
    assert (answer["state"], answer["minutes_since_decision"]) == ("arrived", None)
    shown = (await town.get(f"/v1/transfers/{answer['transfer_id']}")).json()
    assert [said["arrived_at"] is None for said in shown["statements"]] == [True, False]
    known, decision, arrival = await events(3)
    assert isinstance(known, ReturnKnown)
    assert isinstance(decision, CentralQuarantineDecided)
    assert decision.arrived_at == datetime.fromisoformat(home["arrived_at"])
    assert isinstance(arrival, QuarantineArrived)
    assert str(arrival.person_id) == returned["return_id"]


async def test_a_transfer_of_a_return_not_known_yet_waits_for_nothing(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    first = (await town.post("/v1/transfers", json=a_transfer(now))).json()
    assert first["returned_at"] is None
    home = a_return(now, reference="R-of-somebody-1")
    await town.post("/v1/returns", json=home)
    (listed,) = (await town.get("/v1/transfers", params={"state": "awaiting"})).json()["items"]
    assert datetime.fromisoformat(listed["returned_at"]) == datetime.fromisoformat(home["arrived_at"])


NO_TRANSFERS: list[tuple[dict[str, Any], str, str]] = [
    ({"return_reference": None}, "person_id", "either"),
    ({"person_id": str(UUID(int=7))}, "person_id", "not both"),
    ({"person_id": "张伟"}, "person_id", "UUID"),
    ({"return_reference": "张伟"}, "return_reference", "name"),
    ({"arrived_at": "2020-01-01T00:00:00Z"}, "arrived_at", "before decided_at"),
    ({"decided_at": "2999-01-01T00:00:00Z"}, "decided_at", "ahead"),
    ({"division": "500104102999"}, "division", "unknown"),
]


async def test_what_a_transfer_cannot_say(town: httpx.AsyncClient) -> None:
    for changes, field, word in NO_TRANSFERS:
        answer = await town.post("/v1/transfers", json=a_transfer(datetime.now(UTC), **changes))
        assert answer.status_code == 422, changes
        (problem,) = answer.json()["problems"]
        assert problem["field"] == field, changes
        assert word in problem["reason"], changes
    assert (await town.get("/v1/transfers")).json()["items"] == []


async def test_keys_reach_their_own_scope_and_subtree(town: httpx.AsyncClient, database_url: str) -> None:
    now = datetime.now(UTC)
    for path, told, what in (
        ("/v1/symptom-reports", a_symptom_report(now), "symptoms"),
        ("/v1/transfers", a_transfer(now), "transfers"),
    ):
        answer = (await town.post(path, json=told)).json()
        id_ = answer["report_id" if what == "symptoms" else "transfer_id"]
        neighbour = await a_key(database_url, ANOTHER_VILLAGE, f"{what}:read", f"{what}:write")
        outsider = await a_key(database_url, JIANSHENG, "returns:read", "returns:write")
        for key, statuses in ((neighbour, (403, 404, 200)), (outsider, (403, 403, 403))):
            headers = {"authorization": f"Bearer {key}"}
            found = (
                (await town.post(path, json=told, headers=headers)).status_code,
                (await town.get(f"{path}/{id_}", headers=headers)).status_code,
                (await town.get(path, headers=headers)).status_code,
            )
            assert found == statuses
        assert (await town.get(path, params={"division": OUTSIDE})).status_code == 403
