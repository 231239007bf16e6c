"""What became of a workbook, on the wire."""

from uuid import UUID

from pydantic import BaseModel

from shared.verdicts import Problem, Verdict


class ImportedRow(BaseModel):
    """What became of one row of a sheet."""

    row: int
    """The number that Excel shows beside it."""
    verdict: Verdict
    id: UUID | None
    """What it was stored under."""
    problems: list[Problem]


class ImportReceipt(BaseModel):
    """What became of a workbook, row by row."""

    import_id: UUID
    """Fetches the refused rows as a workbook, for a week, by the key that sent it."""
    stored: int
    duplicate: int
    refused: int
    unknown_headings: list[str]
    """Headings that this ledger does not know; their columns were passed over."""
    rows: list[ImportedRow]
