"""Workbooks as officials send them, and as they come back."""

import io
from collections.abc import Sequence
from typing import Any

import httpx
import openpyxl

from shared.workbooks import XLSX

AS_WORKBOOK = {"content-type": XLSX}


def a_book(*rows: Sequence[Any]) -> bytes:
    """A workbook with these rows on its first sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
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
