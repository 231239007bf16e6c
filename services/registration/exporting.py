"""A ledger or list as a file 台账导出: a workbook with Chinese headings, or NDJSON, row by row.

Rows are read a page at a time in the order of division and id, so memory stays flat and a long export holds
no transaction; what changes meanwhile shows as it was when its page was read.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from litestar.response import Stream
from pydantic import BaseModel

from services.registration.service import Registration
from services.registration.storage.listing import BEFORE_ALL, Window
from shared.workbooks import exporting
from shared.workbooks.exporting import Form, Words

ROWS_TOGETHER = 1_000
WORDS = Words(Path(__file__).parent / "messages" / "headings.yaml")
heading_of = WORDS.heading_of
word_of = WORDS.word_of


@dataclass(frozen=True, slots=True)
class Exported:
    """A ledger or list that can be taken away as a file."""

    name: str
    """The list's path: `returns`."""
    scope: str
    view: type[BaseModel]
    """What a row shows: the fields of the list's own door."""
    read: Callable[[Registration, Window], Awaitable[Sequence[Any]]]
    """Reads the rows of a window, in the order of division and id."""
    show: Callable[[Registration, Any], BaseModel]


@dataclass(frozen=True, slots=True)
class ExportedOfDay:
    """A list of a day that can be taken away as a file."""

    name: str
    scope: str
    view: type[BaseModel]
    read: Callable[[Registration, Window, date], Awaitable[Sequence[Any]]]
    """Reads the rows of a window and a day, in the order of division and id."""
    show: Callable[[Registration, Any], BaseModel]

    def on(self, day: date) -> Exported:
        """Return the list of one day."""
        return Exported(
            self.name,
            self.scope,
            self.view,
            lambda registration, window: self.read(registration, window, day),
            self.show,
        )


async def rows_of(
    registration: Registration, exported: Exported, bounds: tuple[str, str]
) -> AsyncIterator[list[BaseModel]]:
    """Return all rows of a subtree, a page at a time."""
    after = BEFORE_ALL
    while True:
        rows = await exported.read(registration, Window(bounds, ROWS_TOGETHER, after))
        if rows:
            yield [exported.show(registration, row) for row in rows]
        if len(rows) < ROWS_TOGETHER:
            return
        after = (rows[-1].division, rows[-1].id)


async def taken_away(
    registration: Registration, exported: Exported, bounds: tuple[str, str], in_form: Form
) -> Stream:
    """Answer with a list in the form that was asked for."""
    pages = rows_of(registration, exported, bounds)
    return await exporting.taken_away(pages, exported.view, exported.name, WORDS, in_form)
