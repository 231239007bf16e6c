"""From the decision to a room: vehicle, pick-up, arrival, withdrawal, told in any order, twice or late."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.contracts.registration import (
    CentralQuarantineDecided,
    QuarantineArrived,
    TransferRequested,
    TransferWithdrawn,
)
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.people.statements import a_person_statement
from tests.registration.plans.test_risk_areas_over_http import CHONGQING, a_risk_area
from tests.registration.quarantine.sites import a_site, opened, rooms
from tests.registration.returns.stories import a_test, from_county, tell
from tests.registration.statements import a_transfer

pytestmark = pytest.mark.requirement("quarantine-transfer")
MINUTE = timedelta(minutes=1)


async def decided(town: httpx.AsyncClient, **changes: Any) -> tuple[str, UUID]:
    """A transfer decided an hour ago, and its person."""
    person_id = uuid4()
    body = a_transfer(datetime.now(UTC), return_reference=None, person_id=str(person_id), **changes)
    return (await town.post("/v1/transfers", json=body)).json()["transfer_id"], person_id


async def told(town: httpx.AsyncClient, transfer_id: str, what: str, **body: Any) -> dict[str, Any]:
    answer = await town.post(f"/v1/transfers/{transfer_id}/{what}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def test_from_the_request_to_the_room(town: httpx.AsyncClient, events: EventsOnBus) -> None:
    await opened(town, "site", a_site(rooms=rooms(1, 2)))
    transfer_id, person_id = await decided(town)
    now = datetime.now(UTC)
    asked = {"vehicle": "渝A12345", "crew": "team-1", "requested_at": (now - 30 * MINUTE).isoformat()}
    first = await told(town, transfer_id, "request", **asked)
    assert (first["verdict"], first["state"], first["vehicle"], first["crew"]) == (
        "stored",
        "awaiting",
        "渝A12345",
        "team-1",
    )
    assert (await told(town, transfer_id, "request", **asked))["verdict"] == "duplicate"
    picked = await told(town, transfer_id, "pick-up", vehicle="渝B54321")
    assert (picked["vehicle"], picked["state"]) == ("渝B54321", "awaiting")
    arrival = await told(town, transfer_id, "arrival", site="site")
    assert (arrival["state"], arrival["site"], arrival["room"]) == ("arrived", "site", "101")
    assert (arrival["no_room_because"], arrival["minutes_since_decision"]) == (None, None)
    (room,) = [one for one in (await town.get("/v1/sites/site")).json()["rooms"] if one["room"] == "101"]
    assert room["person_ids"] == [str(person_id)]
    shown = (await town.get(f"/v1/transfers/{transfer_id}")).json()
    assert len(shown["statements"]) == 4
    found = await events(4)
    kinds = {type(event) for event in found[1:]}
    assert kinds == {CentralQuarantineDecided, TransferRequested, QuarantineArrived}


async def test_any_order_and_repetition_comes_to_the_same(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("request", {"vehicle": "渝A12345", "requested_at": (now - 40 * MINUTE).isoformat()}),
        ("pick-up", {"picked_up_at": (now - 20 * MINUTE).isoformat()}),
        ("arrival", {"arrived_at": (now - 5 * MINUTE).isoformat()}),
    ]
    for order in itertools.permutations(deeds):
        transfer_id, _ = await decided(town)
        for what, body in (*order, *order):
            await told(town, transfer_id, what, **body)
        shown = (await town.get(f"/v1/transfers/{transfer_id}")).json()
        times = {
            body_time: shown[body_time] for _, body in deeds for body_time in body if body_time != "vehicle"
        }
        assert {name: datetime.fromisoformat(at) for name, at in times.items()} == {
            name: datetime.fromisoformat(at)
            for _, body in deeds
            for name, at in body.items()
            if name != "vehicle"
        }
        assert (shown["vehicle"], shown["state"], len(shown["statements"])) == ("渝A12345", "arrived", 4)


async def test_an_arrival_is_kept_without_a_room_and_a_later_one_gets_it(town: httpx.AsyncClient) -> None:
    transfer_id, _ = await decided(town)
    first = await told(town, transfer_id, "arrival")
    assert (first["state"], first["room"]) == ("arrived", None)
    assert "no room" in first["no_room_because"]
    assert first["no_room_because_zh"] == "在用隔离点都没有足够的空房间"
    await opened(town, "site", a_site(rooms=rooms(1)))
    again = await told(town, transfer_id, "arrival", site="site")
    assert (again["room"], again["no_room_because"], again["no_room_because_zh"]) == ("101", None, None)
    assert again["arrived_at"] == first["arrived_at"]
    another, _ = await decided(town)
    full = await told(town, another, "arrival", site="site", room="101")
    assert (full["state"], full["room"], full["site"]) == ("arrived", None, "site")
    assert "101" in full["no_room_because"]
    assert full["no_room_because_zh"] == "隔离点 site 的 101 房间住不下"


async def test_a_room_that_was_given_before_is_kept_and_a_late_word_gives_none(
    town: httpx.AsyncClient,
) -> None:
    await opened(town, "site", a_site(rooms=rooms(1, 2)))
    transfer_id, person_id = await decided(town)
    body = {"person_ids": [str(person_id), str(uuid4())], "division": A_VILLAGE}
    assert (await town.post("/v1/rooms/assignments", json=body)).status_code == 201
    assert (await told(town, transfer_id, "arrival"))["room"] == "102"
    leave = {"person_ids": [str(person_id)], "reason": "released"}
    assert (await town.post("/v1/rooms/leaves", json=leave)).status_code == 200
    late = await told(town, transfer_id, "arrival", arrived_at=datetime.now(UTC).isoformat())
    assert (late["room"], late["no_room_because"]) == ("102", None)
    assert (await town.get("/v1/sites/site")).json()["occupancy"]["people"] == 1


async def test_a_cancellation_has_a_reason_and_voids_the_clock(
    town: httpx.AsyncClient, events: EventsOnBus
) -> None:
    transfer_id, _ = await decided(town)
    body = {"reason_code": "wrong-person", "cancelled_at": datetime.now(UTC).isoformat()}
    shown = await told(town, transfer_id, "cancel", **body)
    assert (shown["state"], shown["reason_code"], shown["minutes_since_decision"]) == (
        "withdrawn",
        "wrong-person",
        None,
    )
    assert (await told(town, transfer_id, "cancel", **body))["verdict"] == "duplicate"
    assert [one["transfer_id"] for one in await listed(town, "withdrawn")] == [transfer_id]
    assert await listed(town, "awaiting") == []
    _, withdrawn = await events(2)
    assert isinstance(withdrawn, TransferWithdrawn)
    assert (str(withdrawn.transfer_id), withdrawn.reason_code) == (transfer_id, "wrong-person")
    assert (await told(town, transfer_id, "arrival"))["state"] == "arrived"
    answer = await town.post(f"/v1/transfers/{transfer_id}/cancel", json={"reason_code": "late"})
    assert answer.status_code == 409


async def listed(town: httpx.AsyncClient, state: str) -> list[dict[str, Any]]:
    return (await town.get("/v1/transfers", params={"state": state})).json()["items"]


async def test_what_cannot_be_told(town: httpx.AsyncClient, database_url: str) -> None:
    transfer_id, _ = await decided(town)
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("request", {}, "vehicle"),
        ("request", {"vehicle": "张伟的车"}, "vehicle"),
        ("request", {"vehicle": "渝A12345", "crew": "张伟"}, "crew"),
        ("request", {"vehicle": "渝A12345", "requested_at": "2999-01-01T00:00:00Z"}, "requested_at"),
        ("pick-up", {"picked_up_at": "2999-01-01T00:00:00Z"}, "picked_up_at"),
        ("arrival", {"arrived_at": "2020-01-01T00:00:00Z"}, "arrived_at"),
        ("arrival", {"site": "nowhere"}, "site"),
        ("arrival", {"room": "101"}, "room"),
        ("cancel", {}, "reason_code"),
        ("cancel", {"reason_code": "张伟 was mistaken"}, "reason_code"),
        ("cancel", {"reason_code": "x", "cancelled_at": "2999-01-01T00:00:00Z"}, "cancelled_at"),
    ]
    for what, body, field in refused:
        answer = await town.post(f"/v1/transfers/{transfer_id}/{what}", json=body)
        assert answer.status_code == 422, (what, body, answer.text)
        assert field in [problem["field"] for problem in answer.json()["problems"]], (what, body)
    headers = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE, 'transfers:write')}"}
    for what, body in (
        ("request", {"vehicle": "渝A12345"}),
        ("pick-up", {}),
        ("arrival", {}),
        ("cancel", {"reason_code": "x"}),
    ):
        path = f"/v1/transfers/{transfer_id}/{what}"
        assert (await town.post(path, json=body, headers=headers)).status_code == 404, what
        assert (await town.post(f"/v1/transfers/{UUID(int=1)}/{what}", json=body)).status_code == 404, what
    assert len((await town.get(f"/v1/transfers/{transfer_id}")).json()["statements"]) == 1


async def test_a_plan_that_leads_to_no_site_any_more_withdraws_what_it_asked_for(
    town: httpx.AsyncClient, database_url: str
) -> None:
    """A proof shown later leads to the community instead; what somebody else decided stays as it is."""
    headers = {"authorization": f"Bearer {await a_key(database_url, CHONGQING)}"}
    since = (datetime.now(UTC) - timedelta(days=60)).date().isoformat()
    risk = await town.post("/v1/risk-areas", json=a_risk_area(**{"from": since}), headers=headers)
    assert risk.status_code == 201
    now = datetime.now(UTC)
    told_return = await tell(town, from_county(now))
    own = a_transfer(now, return_reference=None, person_id=told_return["person_id"])
    assert (await town.post("/v1/transfers", json=own)).status_code == 201
    proofs = {"proofs": [a_test(now - timedelta(days=2))]}
    await town.post(f"/v1/returns/{told_return['return_id']}/proofs", json=proofs)
    (withdrawn,) = await listed(town, "withdrawn")
    assert withdrawn["reference"].startswith("plan-")
    assert withdrawn["reason_code"] == "plan-without-central-quarantine"
    (kept,) = await listed(town, "awaiting")
    assert kept["reference"] == own["reference"]


async def test_nobody_of_another_village_is_moved(town: httpx.AsyncClient, database_url: str) -> None:
    theirs = await town.post("/v1/people", json=a_person_statement(1, division=ANOTHER_VILLAGE))
    ours = await town.post("/v1/people", json=a_person_statement(2, division=A_VILLAGE))
    key = await a_key(database_url, A_VILLAGE, "transfers:write", "transfers:read")
    headers = {"authorization": f"Bearer {key}"}

    async def order(person_id: str) -> httpx.Response:
        body = a_transfer(datetime.now(UTC), return_reference=None, person_id=person_id)
        return await town.post("/v1/transfers", json=body, headers=headers)

    refused = await order(theirs.json()["person_id"])
    assert refused.status_code == 422, refused.text
    assert [one["field"] for one in refused.json()["problems"]] == ["person_id"]
    assert (await town.get("/v1/transfers", headers=headers)).json()["items"] == []
    assert (await order(ours.json()["person_id"])).status_code == 201
    assert (await order(str(uuid4()))).status_code == 201, "told before the person is on record"
