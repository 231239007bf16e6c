"""The rows of teams that laboratories lend one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.laboratories.loan import Loan
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "laboratory_loans.sql")


@dataclass(frozen=True, slots=True)
class StoredLoan:
    """A loan with the divisions in which its two laboratories stand."""

    loan: Loan
    lender_division: str
    borrower_division: str


def _loan(row: Record) -> Loan:
    return Loan(
        reference=row["reference"],
        team=row["team"],
        lender=row["lender"],
        borrower=row["borrower"],
        people=row["people"],
        tubes_per_day=row["tubes_per_day"],
        from_at=row["from_at"],
        until_at=row["until_at"],
        ended_at=row["ended_at"],
    )


def _stored(row: Record) -> StoredLoan:
    return StoredLoan(_loan(row), row["lender_division"], row["borrower_division"])


async def insert(
    connection: Connection, loan: Loan, *, recorded_at: datetime, received_from: str, now: datetime
) -> None:
    """Keep a loan."""
    await QUERIES.execute(
        connection,
        "insert_loan",
        loan_id=loan.id,
        reference=loan.reference,
        team=loan.team,
        lender=loan.lender,
        borrower=loan.borrower,
        people=loan.people,
        tubes_per_day=loan.tubes_per_day,
        from_at=loan.from_at,
        until_at=loan.until_at,
        recorded_at=recorded_at,
        received_from=received_from,
        now=now,
    )


async def find(connection: Connection, loan_id: UUID) -> StoredLoan | None:
    """Return a loan; None when there is none."""
    row = await QUERIES.fetchrow(connection, "find_loan", loan_id=loan_id)
    return None if row is None else _stored(row)


async def of_team(connection: Connection, lender: str, team: str) -> list[Loan]:
    """Return all loans of a team."""
    rows = await QUERIES.fetch(connection, "loans_of_team", lender=lender, team=team)
    return [_loan(row) for row in rows]


async def lasting(connection: Connection, codes: Sequence[str], at: datetime) -> list[Loan]:
    """Return the loans that concern any of these laboratories at an instant."""
    rows = await QUERIES.fetch(connection, "loans_lasting", codes=list(codes), at=at)
    return [_loan(row) for row in rows]


async def end(connection: Connection, loan_id: UUID, ended_at: datetime) -> None:
    """End a loan before its time; one that has ended stays as it is."""
    await QUERIES.execute(connection, "end_loan", loan_id=loan_id, ended_at=ended_at)


async def list_page(
    connection: Connection,
    bounds: tuple[str, str],
    after: tuple[datetime, UUID],
    most: int,
    lasting_at: datetime | None,
) -> list[StoredLoan]:
    """Return loans that a laboratory of the subtree gives or gets, by when they begin."""
    (low, high), (from_at, loan_id) = bounds, after
    rows = await QUERIES.fetch(
        connection,
        "list_loans",
        low=low,
        high=high,
        after_from_at=from_at,
        after_loan_id=loan_id,
        most=most,
        lasting_at=lasting_at,
    )
    return [_stored(row) for row in rows]
