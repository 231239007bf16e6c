"""Base numbers, due lists, orders and coverage through the real doors."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from openpyxl import load_workbook

from shared.day_count import day_of
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE, a_result
from tests.keys import a_key
from tests.testing.due.test_points_over_http import put
from tests.waiting import until

pytestmark = pytest.mark.requirement("test-all-due")


def number(kind: str = "couriers", count: int = 3, division: str = A_VILLAGE) -> dict[str, Any]:
    return {"kind": kind, "division": division, "count": count}


async def stated(town: httpx.AsyncClient, path: str, *rows: dict[str, Any]) -> list[str]:
    answer = await town.post(path, json=list(rows))
    assert answer.status_code == 200, answer.text
    return [row["verdict"] for row in answer.json()["rows"]]


async def due(town: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    answer = await town.get("/v1/due-lists", params=filters)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_kinds_are_listed_with_frequency_clause_and_what_was_decided(town: httpx.AsyncClient) -> None:
    kinds = {one["kind"]: one for one in (await town.get("/v1/test-kinds")).json()["items"]}
    assert kinds["village-clinic"]["clauses"] == ["渡建胜肺炎组发〔2021〕2号 §17"]
    assert (kinds["village-clinic"]["every_days"], kinds["entrants"]["every_days"]) == (7, None)
    assert all(one["clauses"] or one["decided"] for one in kinds.values())


async def test_a_base_number_gives_the_unit_a_line_and_coverage_at_once(town: httpx.AsyncClient) -> None:
    path = "/v1/base-numbers/batch"
    rows = [number(), number(count=1), number("entrants"), number("nobody"), number(division=OUTSIDE)]
    assert await stated(town, path, *rows) == ["stored", "refused", "refused", "refused", "refused"]
    assert await stated(town, path, number()) == ["duplicate"]
    missing = (await town.get("/v1/base-numbers/unstated", params={"kind": "couriers"})).json()
    assert A_VILLAGE not in missing["divisions"]
    assert missing["count"] > 0
    await put(town, "square")
    (line,) = await due(town, point="square")
    assert (line["wanted"], line["done"], line["category"], line["point"]) == (3, 0, "couriers", "square")
    assert await due(town, point="another") == []
    assert await stated(town, path, number(count=5)) == ["stored"]
    (line,) = await due(town)
    assert line["wanted"] == 5
    listed = (await town.get("/v1/base-numbers")).json()["items"]
    assert [(one["kind"], one["count"], one["members"]) for one in listed] == [("couriers", 5, 0)]
    period = {"from": line["due_on"], "to": line["due_on"]}
    whole = (await town.get("/v1/coverage", params=period)).json()["whole"]
    assert (whole["division"], whole["due"], whole["done"], whole["missing"]) == (JIANSHENG, 5, 0, 5)
    history = (await town.get("/v1/coverage/history", params=period)).json()["days"]
    assert [(one["day"], one["due"]) for one in history] == [(line["due_on"], 5)]


async def test_a_person_is_ordered_sampled_and_off_the_open_list(town: httpx.AsyncClient) -> None:
    person, case = str(uuid4()), str(uuid4())
    order = {"person_id": person, "division": A_VILLAGE}
    near = {**order, "case_id": case}
    today = day_of(datetime.now(UTC))
    wrong = [
        {**order, "due_on": (today - timedelta(days=1)).isoformat()},
        {**near, "due_on": today.isoformat()},
        {**order, "division": OUTSIDE},
        {**order, "category": "nobody"},
    ]
    path = "/v1/due-tests/batch"
    assert (
        await stated(town, path, order, order, near, *wrong)
        == ["stored", "duplicate", "stored"] + ["refused"] * 4
    )
    assert await stated(town, path, near) == ["duplicate"]
    both = await due(town)
    assert {(one["source"], one["at_once"], one["person_id"]) for one in both} == {
        ("ordered", False, person),
        ("case", True, person),
    }
    now = datetime.now(UTC)
    row = a_result(
        now, result="negative", person_id=person, sampled_at=(now - timedelta(seconds=1)).isoformat()
    )
    sample = (await town.post("/v1/results", json=row)).json()["sample_id"]

    async def settled() -> bool:
        return all(one["sample_id"] == sample for one in await due(town))

    await until(settled, what="both tests settled by one sample")
    again = {"result": "inconclusive", "reason_code": "unclear", "occurred_at": now.isoformat()}
    assert (await town.post(f"/v1/samples/{sample}/corrections", json=again)).status_code == 201
    assert [one["sample_id"] for one in await due(town)] == [None, None]
    for one in both:
        path = f"/v1/due-tests/{one['due_id']}/drop"
        dropped = await town.post(path, json={"reason": "已排除"})
        assert dropped.status_code == 200
        again = await town.post(path, json={"reason": "已排除"})
        assert again.json() == dropped.json()
        assert (await town.get(f"/v1/due-tests/{one['due_id']}")).status_code == 404
    assert await due(town) == []


async def test_a_list_is_taken_away_as_a_workbook_and_as_lines(town: httpx.AsyncClient) -> None:
    rows = [number(count=count, division=unit) for count, unit in ((2, A_VILLAGE), (1, ANOTHER_VILLAGE))]
    await stated(town, "/v1/base-numbers/batch", *rows)
    await put(town, "square", serves=[A_VILLAGE])
    book = await town.get("/v1/due-lists/export", params={"point": "square"})
    sheet = load_workbook(io.BytesIO(book.content)).worksheets[0]
    heading, first = list(sheet.iter_rows(values_only=True))
    assert heading[:3] == ("应检编号 Due id", "采样点 Sampling point", "行政区划 Division")
    assert tuple(first[1:5]) == ("square", A_VILLAGE, "应检类别", "快递外卖人员")
    lines = await town.get("/v1/due-lists/export", params={"format": "ndjson"})
    found = [json.loads(line) for line in lines.text.splitlines()]
    assert found == await due(town)
    assert [(one["division"], one["wanted"], one["point"]) for one in found] == [
        (A_VILLAGE, 2, "square"),
        (ANOTHER_VILLAGE, 1, None),
    ]
    summary = (await town.get("/v1/due-lists/summary")).json()["points"]
    assert [(one["point"], one["due"], one["done"]) for one in summary] == [("square", 2, 0), (None, 1, 0)]


async def test_members_are_people_by_id_and_objects_by_code(town: httpx.AsyncClient) -> None:
    person = {"kind": "couriers", "division": A_VILLAGE, "person_id": str(UUID(int=7))}
    thing = {"kind": "card-room", "division": A_VILLAGE, "code": "card-room-2"}
    wrong = [
        {**person, "code": "x-1"},
        {**thing, "person_id": str(UUID(int=7)), "code": None},
        {"kind": "card-room", "division": A_VILLAGE},
        {**thing, "division": "500104999"},
    ]
    verdicts = await stated(town, "/v1/category-members/batch", person, thing, thing, *wrong)
    assert verdicts[:2] == ["stored", "stored"]
    assert verdicts[3:] == ["refused"] * 4
    lines = {(one["kind"], one["person_id"], one["code"]) for one in await due(town)}
    assert lines == {("couriers", str(UUID(int=7)), None), ("card-room", None, "card-room-2")}


async def test_lists_and_sums_are_of_the_keys_own_subtree(town: httpx.AsyncClient, database_url: str) -> None:
    await stated(town, "/v1/base-numbers/batch", number())
    (line,) = await due(town)
    headers = {
        "authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE, 'due:read', 'due:write')}"
    }
    period = {"from": line["due_on"], "to": line["due_on"]}
    assert (await town.get("/v1/due-lists", headers=headers)).json()["items"] == []
    assert (await town.get("/v1/due-lists/export?format=ndjson", headers=headers)).text == ""
    assert (await town.get("/v1/due-lists/summary", headers=headers)).json()["points"] == []
    assert (await town.get("/v1/coverage", params=period, headers=headers)).json()["whole"]["due"] == 0
    assert (await town.get("/v1/coverage/history", params=period, headers=headers)).json()["days"] == []
    for path in ("", "/drop"):
        url = f"/v1/due-tests/{line['due_id']}{path}"
        body = {"reason": "r"} if path else None
        answer = await town.request("POST" if path else "GET", url, headers=headers, json=body)
        assert answer.status_code == 404
    beside = {"division": A_VILLAGE}
    assert (await town.get("/v1/coverage", params=beside, headers=headers)).status_code == 403


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/due-lists?day=today", "day"),
        ("/v1/due-lists?point=No%20Point", "code"),
        ("/v1/coverage?from=2021-02-08&to=2021-02-01", "to"),
        ("/v1/coverage?from=2021-02-08&to=2031-02-01", "to"),
        ("/v1/base-numbers/unstated?kind=nobody", "kind"),
    ],
)
async def test_what_cannot_be_asked_is_refused(town: httpx.AsyncClient, path: str, field: str) -> None:
    answer = await town.get(path)
    assert answer.status_code in (400, 422), answer.text
    assert field in [one["field"] for one in answer.json()["problems"]]


async def test_two_divisions_order_the_same_and_neither_learns_of_the_other(
    town: httpx.AsyncClient, database_url: str
) -> None:
    scopes = ("due:read", "due:write", "results:write")
    one, other = [
        {"authorization": f"Bearer {await a_key(database_url, division, *scopes)}"}
        for division in (A_VILLAGE, ANOTHER_VILLAGE)
    ]
    person, case = str(uuid4()), str(uuid4())

    async def order(headers: dict[str, str], division: str) -> list[tuple[str, str]]:
        row = {"person_id": person, "division": division}
        answer = await town.post("/v1/due-tests/batch", json=[row, {**row, "case_id": case}], headers=headers)
        return [(row["verdict"], row["due_id"]) for row in answer.json()["rows"]]

    async def seen(headers: dict[str, str]) -> set[str]:
        answer = await town.get("/v1/due-lists", headers=headers)
        return {line["due_id"] for line in answer.json()["items"]}

    first, second = await order(one, A_VILLAGE), await order(other, ANOTHER_VILLAGE)
    assert [verdict for verdict, _ in first + second] == ["stored"] * 4, "as if nobody else had"
    own, foreign = {due_id for _, due_id in first}, {due_id for _, due_id in second}
    assert not own & foreign
    assert await order(one, A_VILLAGE) == [("duplicate", due_id) for _, due_id in first]
    assert await order(other, ANOTHER_VILLAGE) == [("duplicate", due_id) for _, due_id in second]
    assert await seen(one) == own
    assert await seen(other) == foreign
    for due_id in own:
        assert (await town.get(f"/v1/due-tests/{due_id}", headers=other)).status_code == 404
        answer = await town.post(f"/v1/due-tests/{due_id}/drop", json={"reason": "已排除"}, headers=other)
        assert answer.status_code == 404
    now = datetime.now(UTC)
    row = a_result(now, result="negative", person_id=person, sampled_at=now.isoformat())
    sample = (await town.post("/v1/results", json=row, headers=one)).json()["sample_id"]

    async def settled() -> bool:
        tests = [await town.get(f"/v1/due-tests/{due_id}") for due_id in own | foreign]
        return [test.json()["sample_id"] for test in tests] == [sample] * 4

    await until(settled, what="both divisions' tests settled by one sample")
