"""A ledger or list as a file 台账导出: a workbook with Chinese headings, or NDJSON, row by row.

Rows are read a page at a time, so memory stays flat and a long export holds no transaction; what changes
meanwhile shows as it was when its page was read.
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

Bounds = tuple[str, str]
Position = tuple[Any, ...]
"""The sort values of a row, by which the next page begins."""


def _by_division_and_id(row: Any) -> Position:
    return (row.division, row.id)


def _window(bounds: Bounds, most: int, after: Position | None) -> Any:
    division, id_ = after or BEFORE_ALL
    return Window(bounds, most, (division, id_))


@dataclass(frozen=True, slots=True)
class Exported:
    """A ledger or list that can be taken away as a file."""

    name: str
    """The list's path: `returns`."""
    scope: str
    view: type[BaseModel]
    """What a row shows: the fields of the list's own door."""
    read: Callable[[Registration, Any], Awaitable[Sequence[Any]]]
    """Reads the rows of a window, in the list's order."""
    show: Callable[[Registration, Any], BaseModel]
    position: Callable[[Any], Position] = _by_division_and_id
    """The sort values of a row."""
    window: Callable[[Bounds, int, Position | None], Any] = _window
    """The window of a subtree's rows behind a position, so many at most."""


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
    registration: Registration, exported: Exported, bounds: Bounds
) -> AsyncIterator[list[BaseModel]]:
    """Return all rows of a subtree, a page at a time."""
    after: Position | None = None
    while True:
        rows = await exported.read(registration, exported.window(bounds, ROWS_TOGETHER, after))
        if rows:
            yield [exported.show(registration, row) for row in rows]
        if len(rows) < ROWS_TOGETHER:
            return
        after = exported.position(rows[-1])


async def taken_away(registration: Registration, exported: Exported, bounds: Bounds, in_form: Form) -> Stream:
    """Answer with a list in the form that was asked for."""
    pages = rows_of(registration, exported, bounds)
    return await exporting.taken_away(pages, exported.view, exported.name, WORDS, in_form)
