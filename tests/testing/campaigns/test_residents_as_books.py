"""The register of households comes as a village's workbook and goes out with the ids of its samples."""

import json
from typing import Any

import httpx
import pytest

from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, OUTSIDE
from tests.keys import a_key
from tests.registration.workbooks.books import a_book, rows_of, send

pytestmark = [pytest.mark.system, pytest.mark.requirement("mass-testing-capacity")]

HEADINGS = ["序号", "村社区代码", "编号", "栋号", "房号", "对象", "常住人数"]


def an_entry(number: int, division: Any = A_VILLAGE, **changes: Any) -> list[Any]:
    cells = {"building": "1栋", "household": 101, "subject": None, "people": None, **changes}
    return [number, division, f"H-{number}", *cells.values()]


async def test_each_row_gets_a_verdict_and_refused_ones_come_back(district: httpx.AsyncClient) -> None:
    book = a_book(
        ["建胜镇户籍台账"],
        HEADINGS,
        an_entry(1),
        an_entry(2, float(ANOTHER_VILLAGE), subject="户", people=4, household=None),
        an_entry(3, OUTSIDE),
        an_entry(4, people=3),
        an_entry(5, subject="鸡"),
        an_entry(6, building=None),
        an_entry(1),
        an_entry(1, building="2栋"),
    )
    receipt = (await send(district, "residents", book)).json()
    assert [(row["row"], row["verdict"]) for row in receipt["rows"]] == [
        *((3, "stored"), (4, "stored"), (5, "refused"), (6, "refused"), (7, "refused"), (8, "refused")),
        *((9, "duplicate"), (10, "refused")),
    ]
    fields = [row["problems"][0]["field"] for row in receipt["rows"] if row["verdict"] == "refused"]
    assert fields == ["division", "people", "subject_kind", "building", "reference"]
    assert receipt["unknown_headings"] == ["序号"]
    path = f"/v1/residents/workbook/{receipt['import_id']}/refused"
    head, *back = rows_of(await district.get(path))
    assert head == [*HEADINGS, "退回原因 Reason"]
    assert [row[2] for row in back] == ["H-3", "H-4", "H-5", "H-6", "H-1"]
    mended = [[row[0], A_VILLAGE, row[2], "3栋", "7", "人", 1, row[-1]] for row in back[:4]]
    again = (await send(district, "residents", a_book(head, *mended))).json()
    assert (again["stored"], again["refused"]) == (4, 0)
    repeated = (await send(district, "residents", book)).json()
    assert [row["verdict"] for row in repeated["rows"]][:2] == ["duplicate", "duplicate"]


async def test_the_register_goes_out_with_the_ids_that_samples_name(
    district: httpx.AsyncClient, database_url: str
) -> None:
    rows = [an_entry(1), an_entry(2, ANOTHER_VILLAGE, subject="户", people=4, household=None)]
    assert (await send(district, "residents", a_book(HEADINGS, *rows))).json()["stored"] == 2
    listed = (await district.get("/v1/residents")).json()["items"]
    lines = (await district.get("/v1/residents/export?format=ndjson")).text.splitlines()
    assert [json.loads(line) for line in lines] == listed
    head, *shown = rows_of(await district.get("/v1/residents/export"))
    assert head[:4] == ["登记标识 Resident id", "行政区划代码 Division", "编号 Reference", "楼栋 Building"]
    assert [row[0] for row in shown] == [one["resident_id"] for one in listed]
    assert [row[head.index("登记对象 Subject")] for row in shown] == ["人", "户"]
    again = (await send(district, "residents", a_book(head, *shown))).json()
    assert (again["duplicate"], again["refused"]) == (2, 0), "what went out comes back as it was"
    village = {"authorization": f"Bearer {await a_key(database_url, A_VILLAGE)}"}
    own = await district.get("/v1/residents/export?format=ndjson", headers=village)
    assert [json.loads(line)["division"] for line in own.text.splitlines()] == [A_VILLAGE]
    elsewhere = f"/v1/residents/export?division={ANOTHER_VILLAGE}"
    assert (await district.get(elsewhere, headers=village)).status_code == 403


async def test_the_template_is_a_sheet_that_is_read(district: httpx.AsyncClient) -> None:
    (head,) = rows_of(await district.get("/v1/residents/workbook"))
    receipt = (await send(district, "residents", a_book(head, [A_VILLAGE, "H-9", "1栋"]))).json()
    assert (receipt["stored"], receipt["unknown_headings"]) == (1, [])
