"""A list as a file 台账导出: a workbook with Chinese headings, or NDJSON, page by page: memory stays flat.

A service reads a list a page at a time in the order of its own door, and has a catalogue of words.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import IO, Annotated, Any

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import QueryParameter
from litestar.response import Stream
from pydantic import BaseModel

from shared.strict_json import NDJSON
from shared.workbooks import XLSX
from shared.workbooks.writing import SheetWriter, pieces_of
from shared.yaml_files import read_yaml

Pages = AsyncIterator[Sequence[BaseModel]]


class Form(StrEnum):
    """The form of a file."""

    XLSX = "xlsx"
    NDJSON = "ndjson"


InForm = Annotated[Form, QueryParameter(name="format", description="A workbook, or a line of JSON a row.")]


@dataclass
class FilesOperation(Operation):
    """An operation that answers with a file: a workbook, and where a form may be chosen NDJSON as well."""

    def __post_init__(self) -> None:
        for response in (self.responses or {}).values():
            if isinstance(response, OpenAPIResponse) and response.content and XLSX in response.content:
                response.content[NDJSON] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))


class Words:
    """The headings of columns and the words of the wire as a service's readers say them."""

    def __init__(self, catalogue: Path, of_the_law: Mapping[str, str] | None = None) -> None:
        self._path = catalogue
        self._of_the_law = of_the_law or {}

    @cached_property
    def _texts(self) -> Mapping[str, Mapping[str, Any]]:
        return read_yaml(self._path)

    def heading_of(self, field: str) -> str:
        """Return what stands above a field's column: `行政区划 Division`; else the field's name."""
        texts = self._texts["fields"].get(field)
        return field if texts is None else f"{texts['zh']} {texts['en']}"

    def word_of(self, value: str, ledger: str, field: str = "") -> str:
        """Return a word of the wire as a ledger's readers say it: `registered` → `已登记`; all else as it is.

        A word may mean another thing in one ledger than in most, as `open` of a plan and of a site, or in one
        field of it, as `cough` of a symptom and of a kind of drug.
        """
        particular: Mapping[str, Any] = self._texts.get("words_of", {})
        lists = (
            particular.get(f"{ledger}.{field}"),
            particular.get(ledger),
            self._texts["words"],
            self._of_the_law,
        )
        return next((str(words[value]) for words in lists if words and value in words), value)

    def cells_of(self, view: BaseModel, ledger: str) -> list[Any]:
        """Return a row as it stands in a sheet."""
        return [self._cell(getattr(view, field), ledger, field) for field in type(view).model_fields]

    def _cell(self, value: Any, ledger: str, field: str) -> Any:
        if value is None or isinstance(value, bool | int | float | datetime | date):
            return value
        if isinstance(value, BaseModel):
            parts = [(name, part) for name, part in value if part is not None]
            return "；".join(
                f"{self.heading_of(name)} {self._cell(part, ledger, name)}" for name, part in parts
            )
        if isinstance(value, list | tuple | set | frozenset):
            return "、".join(str(self._cell(part, ledger, field)) for part in value)  # pyright: ignore[reportUnknownVariableType]
        return self.word_of(str(value), ledger, field)


async def as_ndjson(pages: Pages) -> AsyncIterator[bytes]:
    """Return pages as NDJSON, one a piece; a failure at the first page comes before the answer begins."""
    first = await anext(pages, None)

    async def pieces() -> AsyncIterator[bytes]:
        if first is not None:
            yield _lines(first)
        async for views in pages:
            yield _lines(views)

    return pieces()


def _lines(views: Sequence[BaseModel]) -> bytes:
    return "".join([view.model_dump_json() + "\n" for view in views]).encode()


async def as_workbook(pages: Pages, view: type[BaseModel], ledger: str, words: Words) -> IO[bytes]:
    """Return the rows as a workbook, at its beginning, for the caller to close."""
    writer = SheetWriter([words.heading_of(field) for field in view.model_fields], title=ledger)
    async for views in pages:
        await asyncio.to_thread(writer.add, [words.cells_of(one, ledger) for one in views])
    return await asyncio.to_thread(writer.finish)


async def taken_away(pages: Pages, view: type[BaseModel], ledger: str, words: Words, in_form: Form) -> Stream:
    """Answer with a list in the form that was asked for."""
    if in_form is Form.NDJSON:
        return Stream(await as_ndjson(pages), media_type=NDJSON)
    return workbook_answer(await as_workbook(pages, view, ledger, words), ledger)


def workbook_answer(file: IO[bytes], name: str) -> Stream:
    """Answer with a workbook that is called `<name>.xlsx`."""
    headers = {"content-disposition": f'attachment; filename="{name}.xlsx"'}
    return Stream(pieces_of(file), media_type=XLSX, headers=headers)
