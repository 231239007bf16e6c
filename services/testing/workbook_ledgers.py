"""Results as a workbook 检测结果台账: each row judged like a row of a batch, a verdict for each.

Rows are taken a thousand at a time, positives of a thousand before the rest. What is sent again, whole or cut
off half-way, is a repetition of what is on record. No personal data stands in such a ledger, so refused rows
are not kept: the receipt names each by the number that Excel shows beside it.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter, ValidationError

from services.testing.actions.results.receive_batch import receive_batch
from services.testing.service import Testing
from services.testing.storage.results import NewResult
from services.testing.wire.results import ResultRow
from shared.access import Principal
from shared.errors import FieldProblem
from shared.strict_json import refusal
from shared.verdicts import RowVerdict, Verdict
from shared.workbooks.columns import Heads, Ledger
from shared.workbooks.reading import Sheet, SheetRow
from shared.workbooks.writing import SheetWriter

ROWS_TOGETHER = 1_000
RESULTS = Ledger.load(Path(__file__).parent / "messages" / "ledgers.yaml", "results")
_ROW: TypeAdapter[ResultRow] = TypeAdapter(ResultRow)


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """What became of one row of a sheet; `number` is what Excel shows beside it."""

    number: int
    verdict: RowVerdict


@dataclass(frozen=True, slots=True)
class TakenWorkbook:
    """What became of a workbook."""

    unknown_headings: tuple[str, ...]
    rows: Sequence[JudgedRow]


async def take_workbook(testing: Testing, principal: Principal, data: bytes) -> TakenWorkbook:
    """Take a workbook of results in; raises UnreadableWorkbook, UnknownHeadings or TooLarge.

    TooLarge can come after rows were stored: their repetition is harmless.
    """
    sheet = await asyncio.to_thread(Sheet, data, RESULTS)
    chunks, judged = sheet.chunks(ROWS_TOGETHER), list[JudgedRow]()
    while chunk := await asyncio.to_thread(_next, chunks):
        judged += await _take(testing, principal, chunk, sheet.heads)
    return TakenWorkbook(sheet.heads.unknown, judged)


def _next(chunks: Iterator[list[SheetRow]]) -> list[SheetRow]:
    return next(chunks, [])


async def _take(
    testing: Testing, principal: Principal, chunk: Sequence[SheetRow], heads: Heads
) -> list[JudgedRow]:
    now = testing.clock.now()
    read = [_read(row, heads) for row in chunk]
    results = [
        NewResult(row.facts(), row.recorded_at or now, principal.id)
        for row in read
        if isinstance(row, ResultRow)
    ]
    verdicts = await receive_batch(
        testing.database,
        results,
        registers=testing.registers,
        reaches=principal.reaches,
        wake=testing.wake,
        now=now,
    )
    testing.metrics.count_rows(
        (result.facts.result, verdict.verdict) for result, verdict in zip(results, verdicts, strict=True)
    )
    stored = iter(verdicts)
    return [
        JudgedRow(
            place.number,
            next(stored) if isinstance(row, ResultRow) else RowVerdict(Verdict.REFUSED, None, row),
        )
        for place, row in zip(chunk, read, strict=True)
    ]


def _read(row: SheetRow, heads: Heads) -> ResultRow | tuple[FieldProblem, ...]:
    """The row as a row of a batch, or why it is none."""
    body, problems = RESULTS.body_of(row.cells, heads)
    if problems:
        return tuple(problems)
    text = json.dumps(body).encode()
    try:
        return _ROW.validate_json(text)
    except ValidationError as error:
        refused = refusal(error, text)
        return refused.problems or (FieldProblem("", refused.detail),)


async def template() -> IO[bytes]:
    """Return an empty workbook with the ledger's headings, to be filled in."""
    headings: list[Any] = [column.heading for column in RESULTS.columns]
    return await asyncio.to_thread(SheetWriter(headings, title="检测结果 Results").finish)
