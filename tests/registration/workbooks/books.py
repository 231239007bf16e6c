"""Workbooks as officials send them, and as they come back."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
import openpyxl
import xlsxwriter

from shared.workbooks import XLSX

AS_WORKBOOK = {"content-type": XLSX}


def a_book(*rows: Sequence[Any]) -> bytes:
    """A workbook with these rows on its first sheet."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        instants = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for position, row in enumerate(rows):
            for column, cell in enumerate(row):
                style = [instants] if isinstance(cell, datetime) else []
                sheet.write(position, column, cell, *style)
    return file.getvalue()


def a_shared_book(*rows: Sequence[str]) -> bytes:
    """A workbook of texts, also longer ones than Excel allows, each kept once however often it stands."""
    kept = list(dict.fromkeys(text for row in rows for text in row))
    places = {text: position for position, text in enumerate(kept)}
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

    def cells(row: Sequence[str]) -> str:
        return "".join(f'<c t="s"><v>{places[text]}</v></c>' for text in row)

    strings = "".join(f"<si><t>{text}</t></si>" for text in kept)
    lines = "".join(f'<row r="{line}">{cells(row)}</row>' for line, row in enumerate(rows, start=1))
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(a_book(["一"]))) as sound,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package,
    ):
        for name in sound.namelist():
            if name == "xl/sharedStrings.xml":
                package.writestr(name, f"<sst {space}>{strings}</sst>")
            elif name == "xl/worksheets/sheet1.xml":
                package.writestr(name, f"<worksheet {space}><sheetData>{lines}</sheetData></worksheet>")
            else:
                package.writestr(name, sound.read(name))
    return file.getvalue()


def rows_of(answer: httpx.Response) -> list[list[Any]]:
    """The cells of the workbook that an answer holds."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == XLSX
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


async def send(client: httpx.AsyncClient, ledger: str, data: bytes) -> httpx.Response:
    """Send a workbook to a ledger."""
    return await client.post(f"/v1/{ledger}/workbook", content=data, headers=AS_WORKBOOK, timeout=120)
