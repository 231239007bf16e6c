"""Registers with an order of their own are taken away whole, also behind the first thousand rows."""

import csv
import json
from typing import Any

import httpx
import pytest

from shared.access import Scope
from shared.settings import PROJECT
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.keys import a_key
from tests.registration.care.seeds import staff
from tests.registration.people.statements import a_person_statement
from tests.registration.plans.test_risk_areas_over_http import a_risk_area
from tests.registration.sentinels.statements import a_sentinel
from tests.registration.workbooks.books import rows_of

MORE_THAN_A_PAGE = 1_001


async def lines(client: httpx.AsyncClient, name: str, **headers: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/{name}/export?format=ndjson", headers=headers)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.requirement("responsibility-grid")
async def test_the_responsible_people_and_the_grid(town: httpx.AsyncClient) -> None:
    rows = [staff(f"k-{number:04}", "grid-worker") for number in range(MORE_THAN_A_PAGE)]
    assert (await town.post("/v1/grid", json=rows)).json()["stored"] == MORE_THAN_A_PAGE
    assert [row["id"] for row in await lines(town, "grid/people")] == [row["id"] for row in rows]
    _, first, *_ = rows_of(await town.get("/v1/grid/people/export"))
    assert (first[0], first[5]) == ("k-0000", "网格员")
    assert "王某" not in str(first), "masked"
    (village,) = [row for row in await lines(town, "grid") if row["division"] == A_VILLAGE]
    assert len(village["missing_levels"]) == 3


@pytest.mark.requirement("medium-risk-area")
async def test_the_register_of_risk_areas(town: httpx.AsyncClient, database_url: str) -> None:
    key = await a_key(database_url, "500000", Scope.RISK_AREAS_WRITE)
    with (PROJECT / "data" / "areas.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    counties = [code for code in codes if len(code) == 6 and code not in ("500000", "110000")]
    assert len(counties) > MORE_THAN_A_PAGE
    rows = [a_risk_area(area=code, name=code) for code in counties[:MORE_THAN_A_PAGE]]
    headers = {"authorization": f"Bearer {key}"}
    stored = (await town.post("/v1/risk-areas/batch", json=rows, headers=headers)).json()["stored"]
    found = {row["area"] for row in await lines(town, "risk-areas")}
    assert len(found) == stored
    assert stored > MORE_THAN_A_PAGE - 5, "some codes stand for the same place"


@pytest.mark.requirement("sentinel-report")
async def test_sentinels_by_code_and_looks_at_data_by_time(
    town: httpx.AsyncClient, database_url: str
) -> None:
    for code, division in (("s-2", A_VILLAGE), ("s-1", ANOTHER_VILLAGE), ("s-3", A_VILLAGE)):
        answer = await town.put(f"/v1/sentinels/{code}", json=a_sentinel(division=division))
        assert answer.is_success, answer.text
    assert [row["code"] for row in await lines(town, "sentinels")] == ["s-2", "s-3", "s-1"]
    _, first, *_ = rows_of(await town.get("/v1/sentinels/export"))
    assert "村卫生室" in first
    key = await a_key(database_url, JIANSHENG, Scope.ADMIN)
    assert await lines(town, "people/unmaskings", authorization=f"Bearer {key}") == []


@pytest.mark.requirement("return-registration")
async def test_who_may_be_one_person(town: httpx.AsyncClient) -> None:
    telephone = a_person_statement(1)["telephone"]
    for number in (1, 2):
        person = a_person_statement(number, telephone=telephone)
        del person["identity"]
        assert (await town.post("/v1/people", json=person)).is_success
    (pair,) = await lines(town, "people/suspects")
    assert len(pair["people"]) == 2
    (_, row) = rows_of(await town.get("/v1/people/suspects/export"))
    assert "待判定" in row
    assert telephone not in str(row), "masked"
