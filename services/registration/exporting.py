"""A ledger or list as a file 台账导出: a workbook with Chinese headings, or NDJSON, row by row.

Rows are read a page at a time in the order of division and id, so memory stays flat and a long export holds
no transaction; what changes meanwhile shows as it was when its page was read.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import IO, Any

import yaml
from pydantic import BaseModel

from services.registration.service import Registration
from services.registration.storage.listing import BEFORE_ALL, Window
from shared.workbooks.writing import SheetWriter

ROWS_TOGETHER = 1_000
_CATALOGUE = Path(__file__).parent / "messages" / "headings.yaml"


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


async def as_ndjson(
    registration: Registration, exported: Exported, bounds: tuple[str, str]
) -> AsyncIterator[bytes]:
    """Return rows as NDJSON, a page a piece; a failure at the first page comes before the answer begins."""
    pages = rows_of(registration, exported, bounds)
    first = await anext(pages, None)

    async def pieces() -> AsyncIterator[bytes]:
        if first is not None:
            yield _lines(first)
        async for views in pages:
            yield _lines(views)

    return pieces()


def _lines(views: Sequence[BaseModel]) -> bytes:
    return "".join([view.model_dump_json() + "\n" for view in views]).encode()


async def as_workbook(registration: Registration, exported: Exported, bounds: tuple[str, str]) -> IO[bytes]:
    """Return the rows as a workbook, at its beginning, for the caller to close."""
    fields = list(exported.view.model_fields)
    writer = SheetWriter([heading_of(field) for field in fields], title=exported.name)
    async for views in rows_of(registration, exported, bounds):
        await asyncio.to_thread(writer.add, [_cells(view, fields, exported.name) for view in views])
    return await asyncio.to_thread(writer.finish)


def _cells(view: BaseModel, fields: Sequence[str], ledger: str) -> list[Any]:
    return [_cell(getattr(view, field), ledger, field) for field in fields]


def _cell(value: Any, ledger: str, field: str) -> Any:
    if value is None or isinstance(value, bool | int | float | datetime | date):
        return value
    if isinstance(value, BaseModel):
        return "；".join(
            f"{heading_of(name)} {_cell(part, ledger, name)}" for name, part in value if part is not None
        )
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(str(_cell(part, ledger, field)) for part in value)  # pyright: ignore[reportUnknownVariableType]
    return word_of(str(value), ledger, field)


@cache
def _catalogue() -> Mapping[str, Mapping[str, Any]]:
    return yaml.safe_load(_CATALOGUE.read_text("utf-8"))


def heading_of(field: str) -> str:
    """Return what stands above a field's column: `行政区划 Division`; the field's name if none is known."""
    texts = _catalogue()["fields"].get(field)
    return field if texts is None else f"{texts['zh']} {texts['en']}"


def word_of(value: str, ledger: str, field: str = "") -> str:
    """Return a word of the wire as a ledger's readers say it: `registered` → `已登记`; all else as it is.

    A word may mean another thing in one ledger than in most, as `open` of a plan and of a site, or in one
    field of it, as `cough` of a symptom and of a kind of drug.
    """
    catalogue = _catalogue()
    lists = (
        catalogue["words_of"].get(f"{ledger}.{field}"),
        catalogue["words_of"].get(ledger),
        catalogue["words"],
    )
    return next((str(words[value]) for words in lists if words and value in words), value)
