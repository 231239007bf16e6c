"""Mobile teams that laboratories lend one another 机动检测队伍支援 (city §6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts import derived_id
from shared.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Loan:
    """A team lent from an instant until before another; it adds to the borrower what the lender lacks."""

    reference: str
    team: str
    lender: str
    borrower: str
    people: int
    tubes_per_day: int
    from_at: datetime
    until_at: datetime
    ended_at: datetime | None = None

    @property
    def id(self) -> UUID:
        """The loan's id: one reference of one lender is one loan."""
        return derived_id("laboratory-loan", self.lender, self.reference)

    @property
    def over_at(self) -> datetime:
        """When the team goes back, or went back."""
        return self.until_at if self.ended_at is None else min(self.ended_at, self.until_at)

    def lasts_at(self, instant: datetime) -> bool:
        """Tell whether the team is away at an instant."""
        return self.from_at <= instant < self.over_at


def problems_of(loan: Loan) -> list[FieldProblem]:
    """Return why a loan cannot be agreed, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    if loan.lender == loan.borrower:
        problems.append(FieldProblem("borrower", "is the lender itself"))
    if loan.until_at <= loan.from_at:
        problems.append(FieldProblem("until_at", "lies not after from_at"))
    return problems


def clash_of(loan: Loan, others: Iterable[Loan]) -> Loan | None:
    """Return a loan of the same team that lasts at the same time; None when the team is free."""
    return next(
        (
            other
            for other in others
            if (other.lender, other.team) == (loan.lender, loan.team)
            and other.id != loan.id
            and other.from_at < loan.over_at
            and loan.from_at < other.over_at
        ),
        None,
    )
