"""Key places, their inspections and their doors through the real door."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from shared.contracts.registration.places import PlaceAbnormal, PlaceClosed, PlaceReopened
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.places.statements import (
    IN_CHARGE,
    a_code,
    a_place,
    an_entry_check,
    an_inspection,
)

pytestmark = pytest.mark.requirement("key-places")

HOUR = timedelta(hours=1)


async def put(town: httpx.AsyncClient, **changes: Any) -> str:
    code = a_code()
    answer = await town.put(f"/v1/places/{code}", json=a_place(**changes))
    assert answer.status_code == 201, answer.text
    return code


async def test_a_place_is_registered_changed_and_listed(town: httpx.AsyncClient) -> None:
    code = await put(town)
    again = await town.put(f"/v1/places/{code}", json=a_place())
    assert (again.status_code, again.json()["verdict"]) == (200, "duplicate")
    changed = await town.put(f"/v1/places/{code}", json=a_place(name="敬老院", division=ANOTHER_VILLAGE))
    assert (changed.status_code, changed.json()["verdict"]) == (200, "stored")
    shown = (await town.get(f"/v1/places/{code}")).json()
    assert (shown["name"], shown["division"]) == ("敬老院", ANOTHER_VILLAGE)
    assert shown["in_charge"] == {"name": "王**", "telephone": "138****00"}
    await put(town, kind="shop")
    for parameters, count in (({}, 2), ({"kind": "shop"}, 1), ({"division": ANOTHER_VILLAGE}, 1)):
        assert len((await town.get("/v1/places", params=parameters)).json()["items"]) == count
    kinds = {kind["kind"]: kind for kind in (await town.get("/v1/place-kinds")).json()["items"]}
    assert "visitors" in {item["item"] for item in kinds["nursing-home"]["checklist"]}
    assert "渡建胜肺炎组发〔2021〕2号 §12" in kinds["nursing-home"]["clause"]


async def test_who_is_in_charge_lies_sealed(town: httpx.AsyncClient, database_url: str) -> None:
    await put(town)
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT place::text AS words, in_charge_sealed FROM registration.place")
    finally:
        await connection.close()
    for word in IN_CHARGE.values():
        assert word not in rows[0]["words"]
        assert word.encode() not in rows[0]["in_charge_sealed"]


NO_PLACES: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "casino"}, "kind", "nursing-home"),
    ({"kind": "Casino"}, "kind", "small letters"),
    ({"division": "500104102999"}, "division", "unknown"),
    ({"name": " "}, "name", "at least 1"),
    ({"name": "王建国13800138000"}, "name", "mobile"),
    ({"in_charge": {"name": "王"}}, "in_charge.telephone", "required"),
    ({"in_charge": {"name": "王", "telephone": "ring me"}}, "in_charge.telephone", "must be a telephone"),
    ({"colour": "red"}, "colour", "known"),
]


async def test_what_is_refused_names_field_and_reason(town: httpx.AsyncClient) -> None:
    for changes, field, word in NO_PLACES:
        answer = await town.put(f"/v1/places/{a_code()}", json=a_place(**changes))
        assert answer.status_code == 422, changes
        (problem,) = answer.json()["problems"]
        assert problem["field"] == field, changes
        assert word in problem["reason"], changes
    answer = await town.put("/v1/places/13800138000", json=a_place())
    assert answer.json()["problems"][0]["field"] == "code"
    assert (await town.get("/v1/places")).json()["items"] == []


async def test_a_batch_has_a_verdict_for_each_row(town: httpx.AsyncClient, database_url: str) -> None:
    elsewhere = await a_key(database_url, "500101", "places:write")
    taken = a_code()
    headers = {"authorization": f"Bearer {elsewhere}"}
    answer = await town.put(f"/v1/places/{taken}", json=a_place(division=OUTSIDE), headers=headers)
    assert answer.status_code == 201
    code = a_code()
    rows = [
        {"code": code, **a_place()},
        {"code": code, **a_place(kind="shop")},
        {"code": a_code(), **a_place(division=OUTSIDE)},
        {"code": taken, **a_place()},
        {"code": a_code(), **a_place(kind="casino")},
        {"code": a_code()},
        {"code": a_code(), **a_place(kind="market")},
    ]
    lines = "\n".join(json.dumps(row) for row in rows)
    receipt = (
        await town.post("/v1/places/batch", content=lines, headers={"content-type": "application/x-ndjson"})
    ).json()
    assert [row["verdict"] for row in receipt["rows"]] == ["stored", *["refused"] * 5, "stored"]
    assert [row["problems"][0]["field"] for row in receipt["rows"][1:5]] == [
        *("code", "division", "code", "kind")
    ]
    again = (await town.post("/v1/places/batch", json=rows)).json()
    assert (again["stored"], again["duplicate"], again["refused"]) == (0, 2, 5)
    assert (await town.put(f"/v1/places/{taken}", json=a_place())).status_code == 403
    assert (await town.get(f"/v1/places/{taken}")).status_code == 404


async def test_closed_management_on_and_off(town: httpx.AsyncClient, events: EventsOnBus) -> None:
    code, now = await put(town), datetime.now(UTC)
    path = f"/v1/places/{code}/closed-management"

    async def order(closed: bool, hours: float) -> dict[str, Any]:
        occurred_at = (now - hours * HOUR).isoformat()
        body = {"closed": closed, "reason": "全镇排查", "occurred_at": occurred_at}
        answer = await town.post(path, json=body)
        assert answer.status_code in (200, 201)
        return answer.json()

    first = await order(True, 5)
    assert (first["verdict"], first["closed_reason"]) == ("stored", "全镇排查")
    assert (await order(True, 5))["verdict"] == "duplicate"
    assert len((await town.get("/v1/places", params={"closed": "true"})).json()["items"]) == 1
    assert (await order(False, 2))["closed_since"] is None
    late = await order(True, 4)
    assert late["closed_since"] is None, "an order that became known late changes nothing after the end"
    shown = (await town.get(f"/v1/places/{code}")).json()
    assert [one["closed"] for one in shown["closure_orders"]] == [True, True, False]
    told = await events(2)
    assert [type(event) for event in told] == [PlaceClosed, PlaceReopened]
    assert [event.occurred_at for event in told] == [now - 5 * HOUR, now - 2 * HOUR]
    ahead = {"closed": True, "reason": "r", "occurred_at": (now + HOUR).isoformat()}
    assert (await town.post(path, json=ahead)).json()["problems"][0]["field"] == "occurred_at"


async def test_what_is_abnormal_goes_out_at_once(town: httpx.AsyncClient, events: EventsOnBus) -> None:
    code, now = await put(town), datetime.now(UTC)
    body = {"kind": "fever", "note": "一名老人发热", "occurred_at": now.isoformat()}
    path = f"/v1/places/{code}/abnormalities"
    assert (await town.post(path, json=body)).status_code == 201
    assert (await town.post(path, json=body)).status_code == 200
    (event,) = await events(1)
    assert isinstance(event, PlaceAbnormal)
    assert (event.code, event.kind, event.abnormality) == (code, "nursing-home", "fever")
    refused = await town.post(path, json={**body, "kind": "boredom"})
    assert refused.json()["problems"][0]["field"] == "kind"
    named = await town.post(path, json={**body, "note": "张三 500104194001011232 发热"})
    assert named.json()["problems"][0]["field"] == "note"
    assert len((await town.get(f"/v1/places/{code}")).json()["abnormalities"]) == 1


async def test_nobody_with_symptoms_enters_a_closed_institution(town: httpx.AsyncClient) -> None:
    code = await put(town)
    path = f"/v1/places/{code}/entry-checks"
    healthy = an_entry_check()
    first = await town.post(path, json=healthy)
    assert (first.status_code, first.json()["allowed"]) == (201, True)
    ill = an_entry_check(symptoms=["cough"], role="staff")
    refused = (await town.post(path, json=ill)).json()
    assert refused["allowed"] is False
    assert [one["rule"] for one in refused["refusals"]] == ["closed-institution"]
    assert refused["refusals"][0]["clause"] == "渡建胜肺炎组发〔2021〕2号 §12"
    closing = {"closed": True, "reason": "全镇排查"}
    await town.post(f"/v1/places/{code}/closed-management", json=closing)
    repeated = await town.post(path, json=healthy)
    assert (repeated.status_code, repeated.json()["allowed"]) == (200, True)
    again = (await town.post(path, json=ill)).json()
    assert [one["rule"] for one in again["refusals"]] == ["closed-institution"]
    assert (await town.post(path, json={**healthy, "temperature": 36.6})).status_code == 409
    visitor = (await town.post(path, json=an_entry_check())).json()
    assert [one["rule"] for one in visitor["refusals"]] == ["closed-management"]
    for field, value in (("temperature", 29.9), ("temperature", 36.55), ("symptoms", ["boredom"])):
        answer = await town.post(path, json=an_entry_check(**{field: value}))
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["field"].startswith(field)


async def test_an_inspection_and_what_it_found(town: httpx.AsyncClient) -> None:
    code, now = await put(town), datetime.now(UTC)
    path = f"/v1/places/{code}/inspections"
    done = an_inspection(now)
    first = await town.post(path, json=done)
    assert (first.status_code, first.json()["findings"]) == (201, 1)
    assert (await town.post(path, json=done)).status_code == 200
    other = {**done, "answers": {**done["answers"], "visitors": {"answer": "not-applicable"}}}
    assert (await town.post(path, json=other)).status_code == 409
    assert len((await town.get(path)).json()["items"]) == 1
    (finding,) = (await town.get("/v1/findings", params={"unconfirmed": "true"})).json()["items"]
    assert (finding["item"], finding["state"], finding["age_minutes"]) == ("supplies", "open", 60)
    steps = f"/v1/findings/{finding['finding_id']}/steps"
    early = await town.post(steps, json={"step": "confirmed"})
    assert early.status_code == 409
    assert early.json()["clause"] == "渡建胜肺炎组发〔2021〕2号 §12"
    for step, state in (("mended", "mended"), ("not-mended", "open"), ("mended", "mended")):
        assert (await town.post(steps, json={"step": step})).json()["state"] == state
    assert len((await town.get("/v1/findings", params={"state": "mended"})).json()["items"]) == 1
    last = {"step": "confirmed", "note": "复查合格", "occurred_at": datetime.now(UTC).isoformat()}
    assert (await town.post(steps, json=last)).json()["state"] == "confirmed"
    assert (await town.post(steps, json=last)).json()["verdict"] == "duplicate"
    assert (await town.get("/v1/findings", params={"unconfirmed": "true"})).json()["items"] == []
    shown = (await town.get(f"/v1/findings/{finding['finding_id']}")).json()
    assert [one["step"] for one in shown["steps"]] == ["mended", "not-mended", "mended", "confirmed"]


async def test_answers_that_do_not_fit_the_checklist_are_named(town: httpx.AsyncClient) -> None:
    code, now = await put(town), datetime.now(UTC)
    good = an_inspection(now)
    answers = dict(good["answers"])
    answers["unheard-of"] = answers.pop("masks", answers.pop("temperature"))
    for body, fields in (
        ({**good, "answers": answers}, ["answers.temperature", "answers.unheard-of"]),
        ({**good, "answers": {"temperature": {"answer": "perhaps"}}}, ["answers.temperature.answer"]),
        ({**good, "answers": {}}, ["answers"]),
        ({**good, "inspected_at": (now + HOUR).isoformat()}, ["inspected_at"]),
    ):
        answer = await town.post(f"/v1/places/{code}/inspections", json=body)
        assert answer.status_code == 422
        named = [problem["field"] for problem in answer.json()["problems"]]
        assert named[: len(fields)] == fields
    assert (await town.get(f"/v1/places/{code}/inspections")).json()["items"] == []


async def test_findings_go_where_their_place_goes(town: httpx.AsyncClient) -> None:
    code = await put(town)
    await town.post(f"/v1/places/{code}/inspections", json=an_inspection(datetime.now(UTC)))
    await town.put(f"/v1/places/{code}", json=a_place(division=ANOTHER_VILLAGE))
    (finding,) = (await town.get("/v1/findings")).json()["items"]
    assert finding["division"] == ANOTHER_VILLAGE


async def test_a_key_sees_and_touches_its_own_subtree_only(
    town: httpx.AsyncClient, database_url: str
) -> None:
    code, now = await put(town), datetime.now(UTC)
    await town.post(f"/v1/places/{code}/inspections", json=an_inspection(now))
    (finding,) = (await town.get("/v1/findings")).json()["items"]
    doors: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/places/{code}", None),
        ("GET", f"/v1/places/{code}/inspections", None),
        ("POST", f"/v1/places/{code}/inspections", an_inspection(now)),
        ("POST", f"/v1/places/{code}/closed-management", {"closed": True, "reason": "r"}),
        ("POST", f"/v1/places/{code}/abnormalities", {"kind": "fever"}),
        ("POST", f"/v1/places/{code}/entry-checks", an_entry_check()),
        ("GET", f"/v1/findings/{finding['finding_id']}", None),
        ("POST", f"/v1/findings/{finding['finding_id']}/steps", {"step": "mended"}),
    ]
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, "places:read", "places:write")
    own = await a_key(database_url, A_VILLAGE, "places:read", "places:write")
    other = await a_key(database_url, JIANSHENG, "goods:read", "goods:write")

    async def status(key: str, method: str, path: str, body: Any) -> int:
        headers = {"authorization": f"Bearer {key}"}
        return (await town.request(method, path, json=body, headers=headers)).status_code

    for door in doors:
        assert await status(neighbour, *door) == 404, door
        assert await status(other, *door) == 403, door
        assert await status(own, *door) < 300, door
    for path in ("/v1/places", "/v1/findings"):
        headers = {"authorization": f"Bearer {neighbour}"}
        assert (await town.get(path, headers=headers)).json()["items"] == []
        assert (await town.get(path, params={"division": OUTSIDE})).status_code == 403
    assert await status(neighbour, "PUT", f"/v1/places/{code}", a_place(division=ANOTHER_VILLAGE)) == 403
