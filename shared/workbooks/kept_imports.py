"""Workbooks that were sent in, with their refused rows: tables that each service which takes some has."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).with_name("kept_imports.sql"))


async def open_import(
    connection: Connection,
    import_id: UUID,
    ledger: str,
    headings: Sequence[str],
    *,
    received_from: str,
    received_at: datetime,
) -> None:
    """Note that a workbook came."""
    await QUERIES.execute(
        connection,
        "open_import",
        import_id=import_id,
        ledger=ledger,
        headings=list(headings),
        received_from=received_from,
        received_at=received_at,
    )


async def keep_refusals(
    connection: Connection, import_id: UUID, refusals: Sequence[tuple[int, bytes]]
) -> None:
    """Keep refused rows, each sealed, by the number that Excel shows beside them."""
    await QUERIES.execute(
        connection,
        "keep_refusals",
        import_id=import_id,
        row_numbers=[number for number, _ in refusals],
        rows_sealed=[sealed for _, sealed in refusals],
    )


async def find_headings(
    connection: Connection, import_id: UUID, ledger: str, received_from: str
) -> list[str] | None:
    """Return the headings of a workbook that this key sent in; None when there is none."""
    return await QUERIES.fetchval(
        connection, "find_import", import_id=import_id, ledger=ledger, received_from=received_from
    )


async def refusals_after(
    connection: Connection, import_id: UUID, after: int, most: int
) -> list[tuple[int, bytes]]:
    """Return refused rows in their order, those behind row `after`."""
    rows = await QUERIES.fetch(connection, "refusals", import_id=import_id, after=after, most=most)
    return [(row["row_number"], row["row_sealed"]) for row in rows]


async def forget(connection: Connection, before: datetime, most: int) -> int:
    """Forget workbooks that came before a moment, `most` at a time; return how many went."""
    return await QUERIES.execute(connection, "forget_imports", before=before, most=most)
