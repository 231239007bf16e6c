"""A workbook written row by row to a file: memory stays flat, and nothing in it is ever carried out.

Every text is stored as text. What begins like a formula is marked as quoted besides, so that it stays text
when somebody edits the cell.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import IO, Any

from shared.clock import SHANGHAI

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
LONGEST_CELL = 32_767
"""Excel's own limit."""
LONGEST_TITLE = 31
NEVER_IN_A_TITLE = str.maketrans("[]:*?/\\", "-------")
CHUNK_BYTES = 64 * 1024
ROWS_A_SHEET = 1_000_000
"""A sheet of Excel ends at 1,048,576 rows; what follows stands on a further sheet."""


class SheetWriter:
    """Writes one list; `finish` returns the file, at its beginning, for the caller to close.

    After `rows_a_sheet` rows a further sheet begins, with the same headings.

    Not for several threads at once; each call may take place in another one.
    """

    def __init__(self, headings: Sequence[str], *, title: str, rows_a_sheet: int = ROWS_A_SHEET) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes what `finish` gives
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        }
        import xlsxwriter  # only where a workbook is written: starting a service does without it

        self._book = xlsxwriter.Workbook(self._file, options)
        self._headings = headings
        self._title = title.translate(NEVER_IN_A_TITLE)
        self._rows_a_sheet = rows_a_sheet
        self._head = self._book.add_format({"bold": True, "bg_color": "#DDE6F0", "text_wrap": True})
        self._text = self._book.add_format({"num_format": "@"})
        self._quoted = self._book.add_format({"num_format": "@", "quote_prefix": True})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._sheets = 0
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        number = "" if self._sheets == 1 else f" {self._sheets}"
        self._sheet = self._book.add_worksheet(self._title[: LONGEST_TITLE - len(number)] + number)
        self._row = 0
        self._sheet.set_column(0, max(0, len(self._headings) - 1), 18)
        self._sheet.freeze_panes(1, 0)
        for column, heading in enumerate(self._headings):
            self._sheet.write_string(0, column, heading, self._head)

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows below what stands there."""
        for row in rows:
            if self._row >= self._rows_a_sheet:
                self._begin_sheet()
            self._row += 1
            for column, value in enumerate(row):
                self._write(column, value)

    def _write(self, column: int, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self._sheet.write_string(self._row, column, "是" if value else "否", self._text)
        elif isinstance(value, datetime):
            local = value.astimezone(SHANGHAI).replace(tzinfo=None)
            self._sheet.write_datetime(self._row, column, local, self._instant)
        elif isinstance(value, date):
            self._sheet.write_datetime(self._row, column, datetime.combine(value, time()), self._day)
        elif isinstance(value, int | float) and abs(value) < 10**15:
            self._sheet.write_number(self._row, column, value)
        else:
            self._write_text(column, str(value))

    def _write_text(self, column: int, text: str) -> None:
        style = self._quoted if text.startswith(FORMULA_BEGINS) else self._text
        self._sheet.write_string(self._row, column, text[:LONGEST_CELL], style)

    def finish(self) -> IO[bytes]:
        """Complete the workbook and return its file."""
        self._book.close()
        self._file.seek(0)
        return self._file


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """Return a file's bytes piece by piece and close it at the end."""
    with file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
