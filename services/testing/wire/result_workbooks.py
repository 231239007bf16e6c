"""What became of a workbook of results, on the wire."""

from uuid import UUID

from pydantic import BaseModel

from shared.verdicts import Problem, Verdict
from shared.workbooks.importing import Imported
from shared.workbooks.receipts import ImportReceipt


class SheetRowReceipt(BaseModel):
    """What became of one row of a sheet."""

    row: int
    """The number that Excel shows beside it."""
    verdict: Verdict
    sample_id: UUID | None
    problems: list[Problem]


class ResultWorkbookReceipt(BaseModel):
    """What became of a workbook, row by row."""

    import_id: UUID
    """Fetches the refused rows as a workbook, for a week, by the key that sent it."""
    stored: int
    duplicate: int
    refused: int
    unknown_headings: list[str]
    """Headings that this ledger does not know; their columns were passed over."""
    rows: list[SheetRowReceipt]

    @classmethod
    def of(cls, imported: Imported) -> "ResultWorkbookReceipt":
        """Return the wire's form of what became of a workbook."""
        receipt = ImportReceipt.of(imported)
        return cls(
            import_id=receipt.import_id,
            stored=receipt.stored,
            duplicate=receipt.duplicate,
            refused=receipt.refused,
            unknown_headings=receipt.unknown_headings,
            rows=[
                SheetRowReceipt(row=one.row, verdict=one.verdict, sample_id=one.id, problems=one.problems)
                for one in receipt.rows
            ],
        )
