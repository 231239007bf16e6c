"""A village sends its ledger as a workbook, mends what came back, and takes the list away again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from pydantic import BaseModel

from services.registration.exported_lists import EXPORTED
from services.registration.exporting import heading_of
from shared.access import Scope
from shared.clock import SHANGHAI
from tests.builders import A_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.workbooks.books import AS_WORKBOOK, a_book, a_shared_book, rows_of, send

HEADINGS = ["序号", "编号", "村（社区）代码", "信息来源", "抵达时间", "登记时间"]
NOW = datetime.now(UTC).astimezone(SHANGHAI).replace(tzinfo=None)


def a_row(number: int, *, hours: float = 3, division: Any = A_VILLAGE, source: str = "邻居") -> list[Any]:
    return [number, f"JS-{number}", division, source, NOW - timedelta(hours=hours), None]


@pytest.mark.requirement("return-registration")
async def test_refused_rows_come_back_to_be_mended(
    town: httpx.AsyncClient,
) -> None:
    book = a_book(
        ["建胜镇返乡台账"],
        HEADINGS,
        a_row(1),
        a_row(2, division=float(A_VILLAGE)),
        a_row(3, division=OUTSIDE),
        a_row(4, source="喜鹊"),
        [5, "JS-5", A_VILLAGE, "邻居", "2021-02-30 08:00"],
        [6, "=1+1", A_VILLAGE, "邻居", "昨天"],
        a_row(7, hours=-48),
        a_row(1),
    )
    answer = (await send(town, "returns", book)).json()
    assert answer["unknown_headings"] == ["序号"]
    verdicts = [(row["row"], row["verdict"]) for row in answer["rows"]]
    refused = [(number, "refused") for number in range(5, 10)]
    assert verdicts == [(3, "stored"), (4, "stored"), *refused, (10, "duplicate")]
    fields = [[problem["field"] for problem in row["problems"]] for row in answer["rows"][2:7]]
    assert fields == [["division"], ["source"], ["arrived_at"], ["arrived_at"], ["arrived_at"]]

    back = await town.get(f"/v1/returns/workbook/{answer['import_id']}/refused")
    head, *rows = rows_of(back)
    assert head == [*HEADINGS, "退回原因 Reason"]
    assert [row[1] for row in rows] == ["JS-3", "JS-4", "JS-5", "=1+1", "JS-7"]
    assert rows[2][-1] == "抵达时间：没有这一天（Arrived at: is no day that exists）"

    mended = [[*row[:2], A_VILLAGE, "邻居", "2021-02-01 08:00", None, row[-1]] for row in rows[:3]]
    again = (await send(town, "returns", a_book(head, *mended, a_row(1), a_row(2)))).json()
    assert (again["stored"], again["refused"]) == (3, 0)
    assert again["unknown_headings"] == ["序号", "退回原因 Reason"]


async def test_a_text_that_many_rows_share_takes_no_memory(town: httpx.AsyncClient) -> None:
    """One shared text of megabytes in every row: each comes back cut, and is refused again as it is."""
    rows = [["JS-1", A_VILLAGE, "邻居", "一" * 3_000_000] for _ in range(40)]
    answer = (
        await send(town, "returns", a_shared_book(["编号", "区划代码", "来源", "抵达时间"], *rows))
    ).json()
    assert (answer["stored"], answer["refused"]) == (0, 40)
    (_, *back) = rows_of(await town.get(f"/v1/returns/workbook/{answer['import_id']}/refused"))
    assert {len(row[3]) for row in back} == {2_001}
    assert (await send(town, "returns", a_book(HEADINGS[1:5], *(row[:4] for row in back)))).json()[
        "stored"
    ] == 0


async def test_only_the_key_that_sent_it_fetches_what_was_refused(
    town: httpx.AsyncClient, another_key: str
) -> None:
    answer = (await send(town, "returns", a_book(HEADINGS, a_row(1, source="?")))).json()
    path = f"/v1/returns/workbook/{answer['import_id']}/refused"
    headers = {"authorization": f"Bearer {another_key}"}
    assert (await town.get(path)).status_code == 200
    assert (await town.get(path, headers=headers)).status_code == 404
    assert (await town.get(f"/v1/returns/workbook/{uuid4()}/refused")).status_code == 404


async def test_what_is_no_workbook_stores_nothing(town: httpx.AsyncClient, database_url: str) -> None:
    for data in (b"", b"{}", a_book(["甲", "乙"], ["1", "2"]), a_book(HEADINGS)[:900]):
        answer = await send(town, "returns", data)
        assert answer.status_code in (400, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    answer = await town.post("/v1/returns/workbook", json={})
    assert answer.status_code == 415
    large = await town.post("/v1/returns/workbook", content=bytes(33 * 2**20), headers=AS_WORKBOOK)
    assert large.status_code == 413
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM registration.return_record") == 0
        assert await connection.fetchval("SELECT count(*) FROM registration.workbook_import") == 0
    finally:
        await connection.close()


async def test_every_ledger_is_taken_away_as_a_workbook(town: httpx.AsyncClient, database_url: str) -> None:
    headers = {"authorization": f"Bearer {await a_key(database_url, JIANSHENG, Scope.ADMIN)}"}
    for exported in EXPORTED:
        head, *rows = rows_of(await town.get(f"/v1/{exported.name}/export", headers=headers))
        assert head == [heading_of(field) for field in exported.view.model_fields], exported.name
        assert len(rows) == (12 if exported.name == "grid" else 0), "each village has a grid"
    assert (await town.get("/v1/people/unmaskings/export")).status_code == 403


@pytest.fixture
async def two_thousand(town: httpx.AsyncClient) -> httpx.AsyncClient:
    """More returns than a page of an export holds, sent as one workbook."""
    rows = [a_row(number, hours=1 + number / 1000) for number in range(2_001)]
    answer = (await send(town, "returns", a_book(HEADINGS, *rows))).json()
    assert (answer["stored"], answer["refused"]) == (2_001, 0)
    return town


async def test_a_list_is_taken_away_whole(two_thousand: httpx.AsyncClient) -> None:
    head, *rows = rows_of(await two_thousand.get("/v1/returns/export"))
    assert head[:3] == ["返乡编号 Return id", "编号 Reference", "行政区划代码 Division"]
    assert sorted(row[1] for row in rows) == sorted(f"JS-{number}" for number in range(2_001))
    assert {row[3] for row in rows} == {"未登记"}
    lines = (await two_thousand.get("/v1/returns/export?format=ndjson")).text.splitlines()
    assert sorted(json.loads(line)["reference"] for line in lines) == sorted(row[1] for row in rows)
    none = await two_thousand.get("/v1/returns/export?format=ndjson&division=500104102002")
    assert none.text == ""
    assert (await two_thousand.get(f"/v1/returns/export?division={OUTSIDE}")).status_code == 403


async def test_a_template_is_read_again(town: httpx.AsyncClient) -> None:
    (head,) = rows_of(await town.get("/v1/returns/workbook"))
    answer = (await send(town, "returns", a_book(head))).json()
    assert (answer["rows"], answer["unknown_headings"]) == ([], [])


@pytest.mark.parametrize("exported", EXPORTED, ids=lambda one: one.name)
def test_every_column_has_a_heading_in_both_languages(exported: Any) -> None:
    view: type[BaseModel] = exported.view
    assert [field for field in view.model_fields if heading_of(field) == field] == []


LEDGER = [
    "姓名",
    "身份证号码",
    "手机号",
    "村社区代码",
    "出发地",
    "交通方式",
    "车次",
    "拟返乡日期",
    "联系人",
    "联系人电话",
]
NAMED = "建胜镇春节返乡人员预登记台账"
JOURNEY = ["河北省石家庄市藁城区", "高铁", "G1709"]


def an_announcement(name: str, number: str | int, telephone: str) -> list[Any]:
    intended = (NOW + timedelta(days=3)).date().isoformat()
    return [name, number, telephone, A_VILLAGE, *JOURNEY, intended, "王五", "13900000000"]


async def test_a_ledger_without_marks_is_known_again(town: httpx.AsyncClient) -> None:
    """Rows of people have no number of their own in a village's sheet; sent again, they are repetitions."""
    rows = [
        an_announcement("张伟", "11010519491231002X", "13800000001"),
        an_announcement("李娜", "", "13800000002"),
        an_announcement("陈静", 110105194912310021, "13800000003"),
    ]
    first = (await send(town, "preregistrations", a_book([NAMED], LEDGER, *rows))).json()
    assert [row["verdict"] for row in first["rows"]] == ["stored", "stored", "refused"], first["rows"][0]
    assert "文本" in first["rows"][2]["problems"][0]["reason_zh"]
    again = (await send(town, "preregistrations", a_book(LEDGER, *reversed(rows)))).json()
    assert [row["verdict"] for row in again["rows"]] == ["refused", "duplicate", "duplicate"], again
    _, *shown = rows_of(await town.get("/v1/preregistrations/export"))
    assert len(shown) == 2
    assert all("张伟" not in str(cell) for row in shown for cell in row), "masked"


async def test_who_announces_is_written_as_officials_write_it(town: httpx.AsyncClient) -> None:
    sources = [("本人", "self"), ("社区上报", "community"), ("村委会", "village")]
    rows = [
        [*an_announcement(f"陈{chr(0x4E00 + number)}", "", f"1380000000{number}"), source]
        for number, (source, _) in enumerate(sources)
    ]
    receipt = (await send(town, "preregistrations", a_book([*LEDGER, "登记途径"], *rows))).json()
    assert [row["verdict"] for row in receipt["rows"]] == ["stored"] * 3, receipt
    listed = (await town.get("/v1/preregistrations")).json()["items"]
    assert sorted(one["source"] for one in listed) == sorted(word for _, word in sources)
