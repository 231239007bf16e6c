"""Teams that laboratories lend one another, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.testing.rules.laboratories.loan import Loan
from services.testing.storage.laboratory_loans import StoredLoan
from services.testing.wire.laboratories import Amount
from services.testing.wire.marks import OwnMark
from services.testing.wire.results import Code
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import Verdict


class LoanOrder(WireModel):
    """A mobile team 机动检测队伍 lent from one laboratory to another."""

    reference: OwnMark
    """The sender's own number of the loan; telling it again changes nothing."""
    team: OwnMark
    lender: Code
    borrower: Code
    people: Annotated[int, Field(ge=1, le=10_000)]
    tubes_per_day: Amount
    """What the team can test in a day: the borrower can do so much more, the lender so much less."""
    from_at: WireInstant
    until_at: WireInstant
    recorded_at: WireInstant | None = None

    def loan(self) -> Loan:
        """Return the order as the rules see it."""
        return Loan(
            self.reference,
            self.team,
            self.lender,
            self.borrower,
            self.people,
            self.tubes_per_day,
            self.from_at,
            self.until_at,
        )


class LoanEnding(WireModel):
    """When the team went back before its time; without a moment, now."""

    ended_at: WireInstant | None = None


class LoanView(BaseModel):
    """A loan as it stands."""

    loan_id: UUID
    reference: str
    team: str
    lender: str
    lender_division: str
    borrower: str
    borrower_division: str
    people: int
    tubes_per_day: int
    from_at: AwareDatetime
    until_at: AwareDatetime
    ended_at: AwareDatetime | None

    @classmethod
    def of(cls, stored: StoredLoan) -> "LoanView":
        """Return the wire's form of a loan."""
        loan = stored.loan
        return cls(
            loan_id=loan.id,
            reference=loan.reference,
            team=loan.team,
            lender=loan.lender,
            lender_division=stored.lender_division,
            borrower=loan.borrower,
            borrower_division=stored.borrower_division,
            people=loan.people,
            tubes_per_day=loan.tubes_per_day,
            from_at=loan.from_at,
            until_at=loan.until_at,
            ended_at=loan.ended_at,
        )


class LoanReceipt(LoanView):
    """What became of a loan that was told."""

    verdict: Verdict
