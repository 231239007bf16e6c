"""Staff and members of key places owe a health report every day, and the place learns who sent none."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.registration.actions.care.assign_five import assign_five
from services.registration.actions.care.open_health_days import open_health_days
from services.registration.storage import health_days
from shared.clock import SHANGHAI
from shared.divisions import subtree_bounds
from shared.postgres import Database
from shared.verdicts import Verdict
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.care.seeds import a_person, a_plan, end_plan
from tests.registration.care.test_grid_rules import LAW
from tests.registration.care.test_health_on_postgres import report
from tests.registration.care.test_health_rules import SAID
from tests.registration.people.statements import a_person_row
from tests.registration.places.statements import a_place
from tests.registration.sentinels.test_drug_sales_over_http import told as on_bus
from tests.waiting import until

pytestmark = pytest.mark.requirement("health-monitoring")

TODAY = datetime.now(SHANGHAI).date()
TOMORROW = TODAY + timedelta(days=1)
KINDS = ("place-health-day-opened", "health-reported", "health-day-excused")
NEXT_MORNING = datetime.combine(TOMORROW, datetime.min.time(), SHANGHAI) + timedelta(minutes=5)


async def a_registered_place(town: httpx.AsyncClient, code: str, kind: str = "nursing-home") -> str:
    answer = await town.put(f"/v1/places/{code}", json=a_place(kind=kind))
    assert answer.status_code == 201, answer.text
    return f"/v1/places/{code}/people"


async def put(town: httpx.AsyncClient, path: str, *rows: dict[str, Any]) -> dict[str, Any]:
    answer = await town.post(f"{path}/batch", json=list(rows))
    assert answer.status_code == 200, answer.text
    return answer.json()


def who(number: int, role: str, **changes: Any) -> dict[str, Any]:
    person = a_person_row(number)
    del person["contact"]
    return {"person": person, "role": role, "since": (TODAY - timedelta(days=3)).isoformat(), **changes}


async def open_all(database: Database, now: datetime = NEXT_MORNING) -> None:
    while (await open_health_days(database, LAW.health_reports, now=now)).goes_on:
        pass


async def owing(database: Database, day: date = TOMORROW, place: str | None = None) -> dict[UUID, str | None]:
    async with database.connection() as connection:
        window = health_days.Window(subtree_bounds(JIANSHENG), 100)
        return {
            one.person_id: one.place
            for one in await health_days.list_missed(connection, window, day, None, place)
        }


@pytest.mark.parametrize(
    ("kind", "owed"),
    [("nursing-home", {"staff", "member"}), ("restaurant", {"staff"}), ("card-room", set[str]())],
)
async def test_whose_staff_and_members_owe_a_report_the_policy_says(
    town: httpx.AsyncClient, database: Database, kind: str, owed: set[str]
) -> None:
    path = await a_registered_place(town, "P-1", kind)
    receipt = await put(town, path, who(1, "staff"), who(2, "member"))
    roles = {
        UUID(row["person_id"]): role for row, role in zip(receipt["rows"], ("staff", "member"), strict=True)
    }
    await open_all(database)
    assert {roles[id_]: place for id_, place in (await owing(database)).items()} == dict.fromkeys(owed, "P-1")


async def test_a_day_is_opened_told_reported_and_excused(
    town: httpx.AsyncClient, database: Database, nats_url: str
) -> None:
    path = await a_registered_place(town, "P-1")
    receipt = await put(town, path, *(who(number, "member") for number in (1, 2, 3)))
    ids = [row["person_id"] for row in receipt["rows"]]
    await open_all(database)
    listed = (await town.get(path, params={"day": TOMORROW.isoformat()})).json()["items"]
    assert [one["owes_report"] for one in listed] == [True] * 3
    missing = "/v1/health-reports/missing"
    asked = {"day": TOMORROW.isoformat(), "place": "P-1"}
    shown = (await town.get(missing, params=asked)).json()["items"]
    assert {one["person_id"]: one["place"] for one in shown} == dict.fromkeys(ids, "P-1")
    assert (await town.get(missing, params={**asked, "place": "P-2"})).json()["items"] == []

    gone = {"person_id": ids[1], "role": "member", "since": who(1, "member")["since"]}
    assert (await put(town, path, {**gone, "left_on": TOMORROW.isoformat()}))["stored"] == 1
    assert set(await owing(database)) == {UUID(ids[0]), UUID(ids[2])}
    present = (await town.get(path, params={"day": TOMORROW.isoformat()})).json()["items"]
    assert {one["person_id"] for one in present} == {ids[0], ids[2]}
    everybody = (await town.get(path, params={"present": False})).json()["items"]
    file = await town.get(f"{path}/export", params={"present": False, "format": "ndjson"})
    assert [json.loads(line) for line in file.text.splitlines()] == everybody
    assert {one["person_id"] for one in everybody} == set(ids)

    said = replace(
        SAID, person_id=UUID(ids[0]), day=TOMORROW, measured_at=NEXT_MORNING, recorded_at=NEXT_MORNING
    )
    (judged,) = await report(database, said, now=NEXT_MORNING)
    assert judged.verdict is Verdict.STORED
    assert set(await owing(database)) == {UUID(ids[2])}

    async def everything() -> Any:
        found = {kind: await on_bus(nats_url, f"registration.{kind}") for kind in KINDS}
        return found if all(found.values()) and len(found["place-health-day-opened"]) == 3 else None

    events = await until(everything, what="what is told of a place's people")
    opened = events["place-health-day-opened"]
    assert {(one["person_id"], one["place"], one["division"], one["day"]) for one in opened} == {
        (id_, "P-1", A_VILLAGE, TOMORROW.isoformat()) for id_ in ids
    }
    assert [(one["person_id"], one["reason_code"]) for one in events["health-day-excused"]] == [
        (ids[1], "left-the-place")
    ]
    assert [(one["person_id"], one["day"]) for one in events["health-reported"]] == [
        (ids[0], TOMORROW.isoformat())
    ]
    assert await on_bus(nats_url, "registration.health-day-opened") == []


async def test_who_is_under_management_anyway_owes_one_report(
    database: Database, town: httpx.AsyncClient
) -> None:
    path = await a_registered_place(town, "P-1")
    async with database.transaction() as connection:
        managed, free = await a_person(connection), await a_person(connection)
        plan = await a_plan(connection, managed)
    await put(town, path, *({"person_id": str(id_), "role": "staff"} for id_ in (managed, free)))
    await open_all(database)
    assert await owing(database) == {managed: None, free: "P-1"}
    async with database.transaction() as connection:
        await end_plan(connection, plan, NEXT_MORNING)
    while (await assign_five(database, LAW, now=NEXT_MORNING)).looks:
        pass
    assert await owing(database) == {free: "P-1"}
    await open_all(database, NEXT_MORNING + timedelta(days=1))
    assert await owing(database, TOMORROW + timedelta(days=1)) == {managed: "P-1", free: "P-1"}


async def test_nobody_owes_the_day_on_which_they_were_listed(
    town: httpx.AsyncClient, database: Database
) -> None:
    path = await a_registered_place(town, "P-1")
    await put(town, path, who(1, "staff"), who(2, "member", left_on=TOMORROW.isoformat()))
    now = datetime.combine(TODAY, datetime.min.time(), SHANGHAI) + timedelta(minutes=5)
    await open_all(database, now)
    assert await owing(database, TODAY) == {}
    await open_all(database)
    assert len(await owing(database)) == 1, "one of them has left"


NO_ROWS: list[tuple[dict[str, Any], str]] = [
    ({"role": "staff"}, "person"),
    ({"role": "boss", "person_id": str(UUID(int=5))}, "role"),
    ({"role": "staff", "person_id": str(UUID(int=5))}, "person_id"),
    (who(7, "staff", since=(TODAY + timedelta(days=2)).isoformat()), "since"),
    (who(7, "staff", left_on="2021-01-01"), "left_on"),
    ({"role": "staff", "person": {"name": "张伟", "identity": {"number": "123"}}}, "person.identity.number"),
]


async def test_a_row_that_cannot_be_taken_says_why_and_spoils_no_other(town: httpx.AsyncClient) -> None:
    path = await a_registered_place(town, "P-1")
    for number, (row, field) in enumerate(NO_ROWS):
        receipt = await put(town, path, who(20 + number, "staff"), row, who(20 + number, "staff"))
        first, bad, twice = receipt["rows"]
        assert (first["verdict"], bad["verdict"], twice["verdict"]) == ("stored", "refused", "refused"), row
        assert bad["problems"][0]["field"] == field, (row, bad)
    again = await put(town, path, who(20, "staff"))
    assert (again["stored"], again["duplicate"]) == (0, 1)


async def test_a_key_reaches_its_own_places(town: httpx.AsyncClient, database_url: str) -> None:
    path = await a_registered_place(town, "P-1")
    for division, status in ((ANOTHER_VILLAGE, 404), (OUTSIDE, 404), (A_VILLAGE, 200)):
        key = await a_key(database_url, division, "places:write", "places:read", "health:read")
        headers = {"authorization": f"Bearer {key}"}
        answer = await town.post(f"{path}/batch", json=[who(1, "staff")], headers=headers)
        assert answer.status_code == status, division
        assert (await town.get(path, headers=headers)).status_code == status
        assert (await town.get(f"{path}/export", headers=headers)).status_code == status
    reader = {"authorization": f"Bearer {await a_key(database_url, A_VILLAGE, 'places:read')}"}
    assert (await town.get(path, headers=reader)).status_code == 403
