"""Due lists as files 应检名单导出: a workbook with Chinese headings, or NDJSON, row by row.

Rows are read some thousands at a time in the order of division and id, so memory stays flat and a long list
holds no transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import IO, Any

from msgspec.json import Encoder

from services.testing.actions.due.read_due_lists import list_due
from services.testing.rules.due.law import DueLaw
from services.testing.service import Testing
from services.testing.storage.due_tests import DueLine
from services.testing.storage.listing import BEFORE_ALL, Window
from services.testing.wire.due_tests import DueTestLine
from shared.day_count import day_of
from shared.workbooks.writing import SheetWriter
from shared.yaml_files import read_yaml

ROWS_TOGETHER = 5_000
_CATALOGUE = Path(__file__).parent / "messages" / "due_list.yaml"
FIELDS = DueTestLine.__struct_fields__
ENCODER = Encoder()


async def lines_of(
    testing: Testing, bounds: tuple[str, str], day: date, point: str | None
) -> AsyncIterator[list[DueTestLine]]:
    """Return all lines of a list, some thousands at a time."""
    after, today = BEFORE_ALL, day_of(testing.clock.now())
    while True:
        window = Window(bounds, ROWS_TOGETHER, after)
        lines: Sequence[DueLine] = await list_due(testing.database, window, day, point)
        if lines:
            yield [DueTestLine.of(line, today) for line in lines]
        if len(lines) < ROWS_TOGETHER:
            return
        after = (lines[-1].division, lines[-1].id)


async def as_ndjson(
    testing: Testing, bounds: tuple[str, str], day: date, point: str | None
) -> AsyncIterator[bytes]:
    """Return a list as NDJSON, some thousand lines a piece."""
    async for lines in lines_of(testing, bounds, day, point):
        yield ENCODER.encode_lines(lines)


async def as_workbook(testing: Testing, bounds: tuple[str, str], day: date, point: str | None) -> IO[bytes]:
    """Return a list as a workbook, at its beginning, for the caller to close."""
    writer = SheetWriter([_heading(field) for field in FIELDS], title=f"due-{day.isoformat()}")
    law = testing.due_law
    async for views in lines_of(testing, bounds, day, point):
        await asyncio.to_thread(writer.add, [_cells(view, law) for view in views])
    return await asyncio.to_thread(writer.finish)


def _cells(view: DueTestLine, law: DueLaw) -> list[Any]:
    return [_cell(field, getattr(view, field), law) for field in FIELDS]


def _cell(field: str, value: Any, law: DueLaw) -> Any:
    if value is None or isinstance(value, bool | int | date):
        return value
    if field == "category" and value in law.categories:
        return law.categories[value].title.zh
    if field == "kind" and value in law.kinds:
        return law.kinds[value].title.zh
    return _catalogue()["words"].get(str(value), str(value))


@cache
def _catalogue() -> dict[str, Any]:
    return read_yaml(_CATALOGUE)


def _heading(field: str) -> str:
    texts = _catalogue()["fields"][field]
    return f"{texts['zh']} {texts['en']}"
