"""A ledger of 50,000 rows as a workbook, in and out, beside reading alone and COPY, and its memory."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import psutil
import python_calamine
import xlsxwriter

from benchmarks.copying import copy_written
from benchmarks.figures import Aim, Figure
from benchmarks.ground import Ground
from benchmarks.preregistrations import WRITTEN, announced
from shared.workbooks import XLSX

ROWS = 50_000
WARM_ROWS = 1_000
LOOK_EVERY_SECONDS = 0.05
HEADINGS = (
    *("编号", "行政区划代码", "登记途径", "姓名", "身份证号", "联系电话", "联系人", "联系人电话"),
    *("出发地", "途经地", "交通方式", "车次", "座位号", "拟返乡日期", "健康状况"),
)
LEDGER = "/v1/preregistrations"


@dataclass(frozen=True, slots=True)
class Watched:
    """What one request took, and the most memory that the service had meanwhile."""

    seconds: float
    peak_bytes: int
    answer: httpx.Response


async def measure(ground: Ground) -> list[Figure]:
    """Send a workbook in and take the list out again, looking at the service's memory all the while."""
    port = await ground.start("registration")
    process = psutil.Process(ground.pid("registration"))
    client = httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers={"x-api-key": ground.key}, timeout=600
    )
    async with client:
        await _send(client, process, _write_book(ground.folder / "warm.xlsx", WARM_ROWS))
        await client.get(f"{LEDGER}/export")
        settled = process.memory_info().rss
        book = _write_book(ground.folder / "ledger.xlsx", ROWS)
        sent = await _send(client, process, book)
        again = await _send(client, process, book)
        taken = await _watch(process, client.get(f"{LEDGER}/export"))
    await ground.stop("registration")
    stored, known = sent.answer.json()["stored"], again.answer.json()["duplicate"]
    if (stored, known) != (ROWS, ROWS) or taken.answer.status_code != 200:
        raise RuntimeError(f"{stored} of {ROWS} rows were stored, {known} known again")
    copied = (ROWS + WARM_ROWS) / await copy_written(ground, WRITTEN)
    peak = max(sent.peak_bytes, again.peak_bytes, taken.peak_bytes)
    rate = ROWS / sent.seconds
    return [
        Figure(
            f"rows of a workbook of {ROWS:,}, stored with people and seals",
            "rows/s",
            [rate],
            "openpyxl reading the same file row by row, nothing else done",
            [ROWS / _seconds(_read_with_openpyxl, book)],
            notes=[
                f"calamine, the sheet as a whole: {ROWS / _seconds(_read_with_calamine, book):,.0f} rows/s",
                f"COPY of the same rows of {len(WRITTEN)} tables: {copied:,.0f} rows/s",
                f"sent again, all known: {ROWS / again.seconds:,.0f} rows/s",
            ],
        ),
        Figure("rows of a list taken away as a workbook", "rows/s", [(ROWS + WARM_ROWS) / taken.seconds]),
        Figure(
            f"memory that a workbook of {ROWS:,} rows takes, in or out",
            "MB",
            [(peak - settled) / 1e6],
            aim=Aim("value at most", 150),
            notes=[
                f"{settled / 1e6:.0f} MB before, {peak / 1e6:.0f} MB at most",
                f"the file has {book.stat().st_size / 1e6:.1f} MB, the answer to it "
                f"{len(sent.answer.content) / 1e6:.1f} MB",
            ],
        ),
    ]


async def _send(client: httpx.AsyncClient, process: psutil.Process, book: Path) -> Watched:
    data = await asyncio.to_thread(book.read_bytes)
    request = client.post(f"{LEDGER}/workbook", content=data, headers={"content-type": XLSX})
    return await _watch(process, request)


async def _watch(process: psutil.Process, request: Coroutine[Any, Any, httpx.Response]) -> Watched:
    started = time.perf_counter()
    under_way = asyncio.create_task(request)
    peak = process.memory_info().rss
    while not under_way.done():
        await asyncio.wait([under_way], timeout=LOOK_EVERY_SECONDS)
        peak = max(peak, process.memory_info().rss)
    answer: httpx.Response = under_way.result()
    answer.raise_for_status()
    return Watched(time.perf_counter() - started, peak, answer)


def _write_book(path: Path, rows: int) -> Path:
    """Write a ledger as villages keep it: one line a person."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        for line, row in enumerate(islice(announced(), rows), start=1):
            person, transport = row["person"], row["transport"]
            cells = (
                *(row["reference"], row["division"], "村", person["name"], person["identity"]["number"]),
                *(person["telephone"], person["contact"]["name"], person["contact"]["telephone"]),
                *(row["origin"], "、".join(row["places"]), "火车", transport["number"], transport["seat"]),
                *(row["intended_on"], "良好"),
            )
            for column, cell in enumerate(cells):
                sheet.write_string(line, column, cell)
    return path


def _seconds(read: Callable[[Path], int], book: Path) -> float:
    started = time.perf_counter()
    if read(book) < ROWS:
        raise RuntimeError("the workbook has lost rows")
    return time.perf_counter() - started


def _read_with_openpyxl(book: Path) -> int:
    opened = openpyxl.load_workbook(book, read_only=True, data_only=True)
    try:
        return sum(1 for _ in opened.worksheets[0].iter_rows(values_only=True))
    finally:
        opened.close()


def _read_with_calamine(book: Path) -> int:
    with python_calamine.CalamineWorkbook.from_path(book) as opened:
        return len(opened.get_sheet_by_index(0).to_python())
