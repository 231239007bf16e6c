"""A workbook's first sheet, row by row, within bounds: what is sent may be broken, locked, or a bomb."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from shared.errors import MalformedInput, TooLarge
from shared.workbooks.cells import is_empty
from shared.workbooks.columns import Heads, Ledger, UnknownHeadings

LARGEST_BYTES = 32 * 1024 * 1024
LARGEST_UNPACKED_BYTES = 256 * 1024 * 1024
LARGEST_STRINGS_BYTES = 64 * 1024 * 1024
"""Of the texts that cells share: they are held in memory, all other parts are streamed."""
MOST_PARTS = 2_000
MOST_ROWS = 50_000
MOST_COLUMNS = 100
MOST_BLANK_ROWS = 1_000
"""After so many rows without anything a sheet has ended; a cell far below does not make us walk there."""
HEADINGS_WITHIN = 20
"""Titles and notes may stand above the headings."""

_OLE = b"\xd0\xcf\x11\xe0"
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    DefusedXmlException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What openpyxl, zipfile and zlib raise for files that are no sound workbooks."""


class UnreadableWorkbook(MalformedInput):
    """The bytes are no workbook that can be read."""

    slug = "unreadable-workbook"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as it stands in the sheet; `number` is what Excel shows beside it."""

    number: int
    cells: tuple[Any, ...]


class Sheet:
    """The first sheet of a workbook with the headings that a ledger knows; iterate once, in one thread.

    Raises UnreadableWorkbook, UnknownHeadings, TooLarge (also while it is iterated).
    """

    def __init__(self, data: bytes, ledger: Ledger) -> None:
        self._rows = _rows_of(data)
        self.heads: Heads = self._find_headings(ledger)

    def _find_headings(self, ledger: Ledger) -> Heads:
        for row in islice(self._rows, HEADINGS_WITHIN):
            heads = ledger.headings_in(row.cells)
            if heads is not None:
                self.heading_cells = row.cells
                return heads
        expected = "、".join(column.zh for column in ledger.columns)
        raise UnknownHeadings(
            f"前 {HEADINGS_WITHIN} 行内没有可识别的表头；可用表头：{expected}。"
            f"No headings are known within the first {HEADINGS_WITHIN} rows."
        )

    def __iter__(self) -> Iterator[SheetRow]:
        """Return the rows below the headings in which anything stands."""
        for count, row in enumerate(self._rows):
            if count >= MOST_ROWS:
                raise TooLarge(f"The sheet holds more than {MOST_ROWS} rows; send it in parts.")
            yield row

    def chunks(self, size: int) -> Iterator[list[SheetRow]]:
        """Return the rows in lists of at most `size`."""
        rows = iter(self)
        while chunk := list(islice(rows, size)):
            yield chunk


def _rows_of(data: bytes) -> Iterator[SheetRow]:
    import openpyxl  # only where a workbook is read: it brings numpy, and every start would wait for both

    _check_container(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            yield from _filled_rows(book.worksheets[0])
        finally:
            book.close()
    except _BROKEN as error:
        raise UnreadableWorkbook(_words(f"damaged ({type(error).__name__})", "文件已损坏")) from None


def _filled_rows(sheet: Any) -> Iterator[SheetRow]:
    sheet.reset_dimensions()  # some programs write them wrong
    blank = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
        if all(is_empty(cell) for cell in cells):
            blank += 1
            if blank > MOST_BLANK_ROWS:
                return
            continue
        blank = 0
        yield SheetRow(number, tuple(cells))


def without_blank_end(cells: Sequence[Any]) -> list[Any]:
    """Return a row without the empty cells behind its last one."""
    filled = list(cells)
    while filled and filled[-1] is None:
        filled.pop()
    return filled


def _check_container(data: bytes) -> None:
    """Look at the package before anything of it is unpacked."""
    if len(data) > LARGEST_BYTES:
        raise TooLarge(f"The workbook is larger than {LARGEST_BYTES} bytes.")
    if data.startswith(_OLE):
        raise UnreadableWorkbook(
            _words("an old .xls or locked by a password: save it as .xlsx without one", "旧版 .xls 或已加密")
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
    except _BROKEN:
        raise UnreadableWorkbook(_words("no .xlsx file", "不是 .xlsx 文件")) from None
    strings = sum(part.file_size for part in parts if "sharedstrings" in part.filename.lower())
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED_BYTES or strings > LARGEST_STRINGS_BYTES:
        raise TooLarge("The workbook unpacks to more than this route reads.")


def _words(reason: str, reason_zh: str) -> str:
    return f"工作簿无法读取：{reason_zh}。The workbook cannot be read: {reason}."
