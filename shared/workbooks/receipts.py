"""What became of a workbook, on the wire."""

from collections import Counter
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from shared.verdicts import Problem, Verdict
from shared.workbooks.importing import Imported


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

    @classmethod
    def of(cls, imported: Imported) -> Self:
        """Return the wire's form of what became of a workbook."""
        counts = Counter(row.verdict for row in imported.rows)
        return cls(
            import_id=imported.import_id,
            stored=counts[Verdict.STORED],
            duplicate=counts[Verdict.DUPLICATE],
            refused=counts[Verdict.REFUSED],
            unknown_headings=list(imported.unknown_headings),
            rows=[
                ImportedRow(
                    row=row.number,
                    verdict=row.verdict,
                    id=row.id,
                    problems=[Problem.of(problem) for problem in row.problems],
                )
                for row in imported.rows
            ],
        )
