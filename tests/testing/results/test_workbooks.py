"""Results as a workbook: each row like a row of a batch, and what is no workbook is refused."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import openpyxl
import pytest

from shared.contracts.testing import SamplePositive, SamplesNegative
from shared.workbooks import XLSX
from tests.builders import A_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.registration.workbooks.books import a_book as a_sheet
from tests.registration.workbooks.books import rows_of
from tests.servers import ServiceProcess
from tests.testing.results.test_results_over_http import events_once_there_are

pytestmark = pytest.mark.system
HEADINGS = ["试管编号*", "检测机构", "村社区代码", "检测方法", "结果", "采样时间", "检测时间", "备注"]


def a_book(*rows: Sequence[Any]) -> bytes:
    return a_sheet(["某检测机构 2021 年 2 月 1 日检测结果"], HEADINGS, *rows)


def a_row(tube: Any, result: str = "阴性", division: str = A_VILLAGE, **changes: Any) -> list[Any]:
    now = datetime.now(UTC) + timedelta(hours=8)  # as a clock on a wall in Shanghai shows it
    sampled = changes.get("sampled_at", f"{now - timedelta(hours=6):%Y-%m-%d %H:%M}")
    return [tube, "500104-cdc", division, "核酸", result, sampled, f"{now:%Y-%m-%d %H:%M}", "x"]


@pytest.fixture
async def laboratory(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    service = await start_service("testing")
    key = await a_key(database_url, JIANSHENG, "results:write", "results:read")
    headers = {"x-api-key": key, "content-type": XLSX}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
async def another_key(database_url: str) -> str:
    """A key with the same rights that has sent nothing."""
    return await a_key(database_url, JIANSHENG, "results:write", "results:read")


async def test_each_row_of_a_sheet_gets_a_verdict(laboratory: httpx.AsyncClient, nats_url: str) -> None:
    rows = [
        a_row("W-1"),
        a_row(20210201001, "阳性"),
        a_row("W-3", division=OUTSIDE),
        a_row("W-4", "不详"),
        a_row("W-5", sampled_at="2021-02-01"),
        a_row("W-5", sampled_at="1921-02-01 09:00"),
        a_row(1234567890123456789.0),
        a_row("W-1"),
    ]
    answer = await laboratory.post("/v1/results/workbook", content=a_book(*rows))
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    assert [(row["row"], row["verdict"]) for row in receipt["rows"]] == [
        *((3, "stored"), (4, "stored"), (5, "refused"), (6, "refused"), (7, "refused"), (8, "refused")),
        *((9, "refused"), (10, "duplicate")),
    ]
    assert [row["problems"][0]["field"] for row in receipt["rows"][2:7]] == [
        *("division", "result", "sampled_at", "sampled_at", "tube_code")
    ]
    assert receipt["unknown_headings"] == ["备注"]
    events = await events_once_there_are(nats_url, 2)
    assert [type(event) for event in events] == [SamplePositive, SamplesNegative]
    assert events[0].tube_code == "20210201001"
    again = (await laboratory.post("/v1/results/workbook", content=a_book(*rows[:2]))).json()
    assert (again["stored"], again["duplicate"]) == (0, 2)


async def test_refused_rows_come_back_to_be_mended(laboratory: httpx.AsyncClient, another_key: str) -> None:
    rows = [
        a_row("M-1"),
        a_row("M-2", "不详"),
        a_row("M-3", division=OUTSIDE),
        a_row("=M-4", sampled_at="昨天"),
        a_row("M-5", sampled_at="2020-02-30 08:00"),
    ]
    sent = (await laboratory.post("/v1/results/workbook", content=a_book(*rows))).json()
    assert (sent["stored"], sent["refused"]) == (1, 4)
    path = f"/v1/results/workbook/{sent['import_id']}/refused"
    head, *back = rows_of(await laboratory.get(path))
    assert head == [*HEADINGS, "退回原因 Reason"]
    assert [row[0] for row in back] == ["M-2", "M-3", "=M-4", "M-5"]
    assert [row[-1].split("：")[0] for row in back] == ["检测结果", "行政区划代码", "采样时间", "采样时间"]
    mended = [[*row[:2], A_VILLAGE, "核酸", "阴性", rows[0][5], *row[6:]] for row in back]
    again = (await laboratory.post("/v1/results/workbook", content=a_sheet(head, *mended))).json()
    assert [row["verdict"] for row in again["rows"]] == ["stored", "stored", "refused", "stored"]
    second = rows_of(await laboratory.get(path.replace(sent["import_id"], again["import_id"])))
    assert second[0] == head, "one column of reasons, of the last refusal"
    assert [row[0] for row in second[1:]] == ["=M-4"]
    assert second[1][-1].startswith("试管编号")
    assert (await laboratory.get(path, headers={"x-api-key": another_key})).status_code == 404


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"", XLSX, 400),
        (b"PK\x03\x04", XLSX, 400),
        (b"\xd0\xcf\x11\xe0", XLSX, 400),
        (b"tube,result", "text/csv", 415),
    ],
)
async def test_what_is_no_workbook_is_refused(
    laboratory: httpx.AsyncClient, body: bytes, media: str, status: int
) -> None:
    answer = await laboratory.post("/v1/results/workbook", content=body, headers={"content-type": media})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_template_is_a_sheet_that_is_read(laboratory: httpx.AsyncClient) -> None:
    answer = await laboratory.get("/v1/results/workbook")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet: Any = book.active
    sheet.append(["W-7", "500104-cdc", A_VILLAGE, "pcr", "negative", *a_row("")[5:7]])
    file = io.BytesIO()
    book.save(file)
    receipt = (await laboratory.post("/v1/results/workbook", content=file.getvalue())).json()
    assert (receipt["stored"], receipt["unknown_headings"]) == (1, [])
