"""The grid and the five through the real door: documents, gaps, orders, and who may see what."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.postgres import Database
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.care.seeds import (
    FIVE,
    a_person,
    a_plan,
    a_whole_five,
    responsible,
    staff,
)
from tests.registration.care.test_five_on_postgres import settle
from tests.registration.workbooks.books import rows_of

DOCUMENT = {
    "people": [row for row in a_whole_five() if "id" in row],
    "responsibilities": [row for row in a_whole_five() if "role" in row],
}
YAML = """
people:
  - {id: w-1, name: 王某, division: 500104102, roles: [grid-worker]}
responsibilities:
  - {role: grid-worker, person: w-1, division: 500104102001, building: "3"}
"""
CSV = """id,name,division,roles,role,person,block,working
w-2,李某,500104102,grid-worker village-cadre,,,,true
,,500104102001,,grid-worker,w-2,2,
"""


@pytest.mark.requirement("responsibility-grid")
async def test_a_document_in_each_form_is_stored_once(town: httpx.AsyncClient) -> None:
    rows = [*DOCUMENT["people"], *DOCUMENT["responsibilities"]]
    bodies = [
        ("application/json", json.dumps(DOCUMENT), 10),
        ("application/x-ndjson", "\n".join(json.dumps(row) for row in rows), 10),
        ("application/yaml", YAML, 2),
        ("text/csv", CSV, 2),
    ]
    for times in (1, 2):
        for media, body, number in bodies:
            answer = await town.post("/v1/grid", content=body.encode(), headers={"content-type": media})
            assert answer.status_code == 200, answer.text
            receipt = answer.json()
            assert receipt["refused"] == 0, receipt
            known = times == 2 or media == "application/x-ndjson"
            assert receipt["duplicate" if known else "stored"] == number, (media, receipt)
    people = (await town.get("/v1/grid/people")).json()["items"]
    assert len(people) == 7
    assert {person["name"] for person in people} == {"王**", "李**"}
    assert people[0]["telephone"] == "023*****0000"


NO_ROWS: list[tuple[dict[str, Any], str, str]] = [
    (staff("王医生", "village-doctor"), "id", "letters, digits"),
    (staff("nodigits", "village-doctor"), "id", "name"),
    (staff("x-13812345678", "village-doctor"), "id", "mobile"),
    (staff("a-1", "mayor"), "roles.0", "none of"),
    (staff("a-1"), "roles", "at least 1"),
    ({**staff("a-1", "police-officer"), "telephone": "ask him"}, "telephone", "must be a telephone"),
    (staff("a-1", "police-officer", division="500104999"), "division", "unknown"),
    (staff("a-1", "police-officer", division=OUTSIDE), "division", "outside"),
    (responsible("nobody-1", "grid-worker"), "person", "not on the grid"),
    (responsible("grid-worker-1", "police-officer"), "role", "not among"),
    (responsible("grid-worker-1", "grid-worker", JIANSHENG), "division", "named for"),
    (responsible("grid-worker-1", "grid-worker", OUTSIDE), "division", "outside"),
    (responsible("grid-worker-1", "grid-worker", building="no spaces"), "building", "holds a blank"),
    (responsible("town-cadre-1", "town-cadre", building="3"), "building", "as a whole"),
]


async def test_a_row_that_cannot_be_stored_says_why_and_spoils_no_other(town: httpx.AsyncClient) -> None:
    for number, (row, field, word) in enumerate(NO_ROWS):
        rows = [*a_whole_five(), row, staff(f"last-{number}", "grid-worker")]
        receipt = (await town.post("/v1/grid", json=rows)).json()
        *_, bad, last = receipt["rows"]
        assert (bad["verdict"], last["verdict"]) == ("refused", "stored"), row
        assert bad["problems"][0]["field"] == field, (row, bad)
        assert word in bad["problems"][0]["reason"], (row, bad)


@pytest.mark.requirement("responsibility-grid")
async def test_a_village_shows_who_answers_and_what_is_missing(town: httpx.AsyncClient) -> None:
    def of(answer: httpx.Response) -> dict[str, Any]:
        return {village["division"]: village for village in answer.json()["items"]}

    empty = of(await town.get("/v1/grid"))
    assert len(empty) > 5
    assert {tuple(one["missing_levels"]) for one in empty.values()} == {
        ("district-leader", "town-cadre", "village-cadre")
    }
    rows = [
        staff("leader-1", "district-leader"),
        responsible("leader-1", "district-leader", JIANSHENG),
        staff("cadre-1", "town-cadre", "village-cadre"),
        responsible("cadre-1", "town-cadre"),
        responsible("cadre-1", "village-cadre"),
        staff("secretary-1", "village-secretary"),
        responsible("secretary-1", "village-secretary", block="1", building="2"),
    ]
    receipt = (await town.post("/v1/grid", json=rows)).json()
    shown = of(await town.get("/v1/grid", params={"division": A_VILLAGE}))[A_VILLAGE]
    assert shown["missing_levels"] == []
    assert shown["levels"][0]["held_by"] == [{"id": "leader-1", "named_for": JIANSHENG}]
    assert shown["parts"][0]["held_by"] == [{"id": "secretary-1", "role": "village-secretary"}]
    assert shown["buildings_without_grid_worker"] == [{"block": "1", "building": "2"}]
    worker = [staff("worker-1", "grid-worker"), responsible("worker-1", "grid-worker", block="1")]
    await town.post("/v1/grid", json=worker)
    assert A_VILLAGE not in of(await town.get("/v1/grid", params={"gaps_only": True, "limit": 500}))
    dropped = next(row["id"] for row in receipt["rows"] if row["place"] == "4")
    assert (await town.delete(f"/v1/grid/responsibilities/{dropped}")).status_code == 204
    assert (await town.delete(f"/v1/grid/responsibilities/{dropped}")).status_code == 404
    first = of(await town.get("/v1/grid", params={"gaps_only": True, "limit": 1}))
    assert first[A_VILLAGE]["missing_levels"] == ["village-cadre"]


@pytest.fixture
async def person(database: Database) -> UUID:
    """Somebody of a village with an open plan."""
    async with database.transaction() as connection:
        person_id = await a_person(connection)
        await a_plan(connection, person_id)
    return person_id


@pytest.mark.requirement("five-to-one")
async def test_from_the_list_of_the_missing_to_five_and_another_one(
    town: httpx.AsyncClient, person: UUID, database: Database
) -> None:
    async def held() -> dict[str, str]:
        await settle(database)
        five = (await town.get(f"/v1/people/{person}/five")).json()
        return {one["role"]: one["responsible"] for one in five["held_by"]}

    async def changes(key: str, **params: Any) -> list[tuple[str, str | None]]:
        answer = await town.get(f"/v1/grid/people/{key}/changes", params=params)
        assert answer.status_code == 200, answer.text
        told = answer.json()["items"]
        assert told == sorted(told, key=lambda one: datetime.fromisoformat(one["changed_at"]))
        assert {one["person_id"] for one in told} <= {str(person)}
        return sorted((one["change"], one["ended_for"]) for one in told)

    assert await held() == {}
    (missing,) = (await town.get("/v1/five/missing", params={"division": A_VILLAGE})).json()["items"]
    assert (missing["person_id"], missing["missing"]) == (str(person), list(FIVE))
    await town.post("/v1/grid", json=[*a_whole_five(), *a_whole_five(2)])
    assert await held() == {role: f"{role}-1" for role in FIVE}
    assert (await town.get("/v1/five/missing")).json()["items"] == []
    order = {"role": "grid-worker", "responsible": "grid-worker-2"}
    answer = await town.post(f"/v1/people/{person}/five", json=order)
    assert answer.status_code == 200, answer.text
    assert [one["ended_for"] for one in answer.json()["former"]] == ["reassigned"]
    assert (await held())["grid-worker"] == "grid-worker-2"
    charges = (await town.get("/v1/grid/people/grid-worker-2/charges")).json()["items"]
    assert [(one["person_id"], one["role"]) for one in charges] == [(str(person), "grid-worker")]
    file = await town.get("/v1/grid/people/grid-worker-2/charges/export", params={"format": "ndjson"})
    assert [json.loads(line) for line in file.text.splitlines()] == charges
    left = {key: value for key, value in staff("-", "grid-worker", working=False).items() if key != "id"}
    for status in (201, 200):
        assert (await town.put("/v1/grid/people/grid-worker-2", json=left)).status_code == status
    assert (await held())["grid-worker"] == "grid-worker-1"
    assert await changes("grid-worker-1") == [("begun", None), ("begun", None), ("ended", "reassigned")]
    assert await changes("grid-worker-2") == [("begun", None), ("ended", "left-or-out-of-scope")]
    assert await changes("grid-worker-2", since="2000-01-01T00:00:00Z") == [
        ("begun", None),
        ("ended", "left-or-out-of-scope"),
    ]
    assert len(await changes("grid-worker-2", limit=1)) == 1
    _, *rows = rows_of(await town.get("/v1/grid/people/grid-worker-2/changes/export"))
    assert sorted(row[4] for row in rows) == ["开始包联", "结束包联"]
    assert await changes("grid-worker-2", since="2099-01-01T00:00:00Z") == []
    assert (await town.get("/v1/grid/people/grid-worker-2/changes?since=x")).status_code == 422
    place = {"block": "1", "building": "2"}
    answer = await town.put(f"/v1/people/{person}/grid-place", json=place)
    assert answer.json() == {"person_id": str(person), "division": A_VILLAGE, **place}


async def test_orders_that_cannot_be_carried_out(town: httpx.AsyncClient, person: UUID) -> None:
    await town.post("/v1/grid", json=a_whole_five())
    orders = [
        (person, {"role": "mayor", "responsible": "a-1"}, 422, "role"),
        (person, {"role": "grid-worker", "responsible": "a-1"}, 422, "responsible"),
        (person, {"role": "grid-worker", "responsible": "王某"}, 422, "responsible"),
        (person, {"role": "grid-worker"}, 422, "responsible"),
        (uuid4(), {"role": "grid-worker", "responsible": "grid-worker-1"}, 404, None),
    ]
    for whom, order, status, field in orders:
        answer = await town.post(f"/v1/people/{whom}/five", json=order)
        assert answer.status_code == status, answer.text
        if field:
            assert [one["field"] for one in answer.json()["problems"]] == [field]


async def test_keys_reach_their_own_scope_and_subtree(
    town: httpx.AsyncClient, person: UUID, database_url: str
) -> None:
    await town.post("/v1/grid", json=a_whole_five())
    put = {key: value for key, value in staff("grid-worker-1", "grid-worker").items() if key != "id"}
    doors = [
        ("GET", "/v1/grid", None, 200),
        ("GET", "/v1/grid/people", None, 200),
        ("GET", "/v1/five/missing", None, 200),
        ("GET", "/v1/grid/people/grid-worker-1/charges", None, 404),
        ("GET", "/v1/grid/people/grid-worker-1/charges/export", None, 404),
        ("GET", "/v1/grid/people/grid-worker-1/changes/export", None, 404),
        ("GET", f"/v1/people/{person}/five", None, 404),
        ("POST", f"/v1/people/{person}/five", {"role": "grid-worker", "responsible": "a-1"}, 404),
        ("PUT", f"/v1/people/{person}/grid-place", {}, 404),
        ("PUT", "/v1/grid/people/grid-worker-1", put, 403),
    ]
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, "grid:read", "grid:write")
    outsider = await a_key(database_url, JIANSHENG, "returns:read", "returns:write")
    for method, path, body, status in doors:
        for key, expected in ((neighbour, status), (outsider, 403)):
            headers = {"authorization": f"Bearer {key}"}
            answer = await town.request(method, path, json=body, headers=headers)
            assert answer.status_code == expected, (method, path, answer.text)
            if expected == 200:
                shown = {item["division"] for item in answer.json()["items"]}
                assert shown <= {ANOTHER_VILLAGE}
    own = {**put, "division": ANOTHER_VILLAGE}
    headers = {"authorization": f"Bearer {neighbour}"}
    taken = await town.put("/v1/grid/people/grid-worker-1", json=own, headers=headers)
    assert [one["field"] for one in taken.json()["problems"]] == ["id"]
