"""What became of a workbook of results, on the wire."""

from uuid import UUID

from pydantic import BaseModel

from shared.verdicts import Problem, Verdict


class SheetRowReceipt(BaseModel):
    """What became of one row of a sheet."""

    row: int
    """The number that Excel shows beside it."""
    verdict: Verdict
    sample_id: UUID | None
    problems: list[Problem]


class ResultWorkbookReceipt(BaseModel):
    """What became of a workbook, row by row."""

    stored: int
    duplicate: int
    refused: int
    unknown_headings: list[str]
    """Headings that this ledger does not know; their columns were passed over."""
    rows: list[SheetRowReceipt]
