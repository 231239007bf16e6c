"""Excel workbooks (`.xlsx`) in and out: read row by row with headings people use, written row by row.

Reading is openpyxl's in its read-only mode, with defusedxml: it streams, where python-calamine, five times
as fast, holds a whole sheet as a dense grid and is ended by two cells far apart (tafia/calamine #693).
Writing is XlsxWriter's in its constant-memory mode. Neither knows what a ledger is; `columns` tells it.
"""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""
