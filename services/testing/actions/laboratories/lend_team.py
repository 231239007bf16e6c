"""Lend a mobile team from one laboratory to another, and take it back before its time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.testing.rules.laboratories.loan import Loan, clash_of, problems_of
from services.testing.storage import laboratories
from services.testing.storage import laboratory_loans as storage
from services.testing.storage.laboratory_loans import StoredLoan
from shared.errors import Conflict, FieldProblem, Forbidden, InvalidInput, NotFound
from shared.postgres import Connection, Database

Reaches = Callable[[str], bool]


async def lend_team(
    database: Database,
    loan: Loan,
    *,
    reaches: Reaches,
    recorded_at: datetime,
    received_from: str,
    now: datetime,
) -> tuple[StoredLoan, bool]:
    """Return the loan, and whether it is new; telling it again changes nothing.

    Whoever lends reaches both laboratories (city §6). Raises InvalidInput for laboratories that are not
    registered, Forbidden, or Conflict when the team is lent at that time or the reference is another loan.
    """
    if problems := problems_of(loan):
        raise InvalidInput("The loan has fields that are refused.", problems=problems)
    async with database.transaction() as connection:
        divisions = await laboratories.lock(connection, [loan.lender, loan.borrower])
        _check_laboratories(loan, divisions, reaches)
        known = await storage.find(connection, loan.id)
        if known is not None:
            if replace(known.loan, ended_at=None) != loan:
                raise Conflict("Another loan of this lender carries this reference.")
            return known, False
        clash = clash_of(loan, await storage.of_team(connection, loan.lender, loan.team))
        if clash is not None:
            raise Conflict(f"The team is lent to {clash.borrower} until {clash.over_at.isoformat()}.")
        await storage.insert(connection, loan, recorded_at=recorded_at, received_from=received_from, now=now)
    return StoredLoan(loan, divisions[loan.lender], divisions[loan.borrower]), True


def _check_laboratories(loan: Loan, divisions: dict[str, str], reaches: Reaches) -> None:
    unknown = [
        FieldProblem(field, f"{code!r} is not in the register of laboratories")
        for field, code in (("lender", loan.lender), ("borrower", loan.borrower))
        if code not in divisions
    ]
    if unknown:
        raise InvalidInput("The loan names laboratories that are not registered.", problems=unknown)
    if not all(reaches(division) for division in divisions.values()):
        raise Forbidden("A team is lent by whoever reaches both laboratories.")


async def end_loan(database: Database, loan_id: UUID, ended_at: datetime, *, reaches: Reaches) -> StoredLoan:
    """Take a team back before its time and return the loan; one that was ended stays as it is.

    Raises NotFound, or InvalidInput for a moment outside the loan.
    """
    async with database.transaction() as connection:
        stored = await _found(connection, loan_id, reaches)
        loan = stored.loan
        if loan.ended_at is not None:
            return stored
        if not loan.from_at <= ended_at <= loan.until_at:
            problem = FieldProblem("ended_at", "lies outside the time of the loan")
            raise InvalidInput("The loan cannot be ended then.", problems=[problem])
        await storage.end(connection, loan_id, ended_at)
        return replace(stored, loan=replace(loan, ended_at=ended_at))


async def _found(connection: Connection, loan_id: UUID, reaches: Reaches) -> StoredLoan:
    stored = await storage.find(connection, loan_id)
    if stored is None or not (reaches(stored.lender_division) and reaches(stored.borrower_division)):
        raise NotFound("There is no such loan.")
    await laboratories.lock(connection, [stored.loan.lender, stored.loan.borrower])
    again = await storage.find(connection, loan_id)
    assert again is not None
    return again


async def list_loans(
    database: Database,
    bounds: tuple[str, str],
    after: tuple[datetime, UUID],
    most: int,
    lasting_at: datetime | None,
) -> list[StoredLoan]:
    """Return the loans of a subtree by when they begin, with one row to spare."""
    async with database.connection() as connection:
        return await storage.list_page(connection, bounds, after, most, lasting_at)
