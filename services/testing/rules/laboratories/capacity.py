"""What a laboratory can do at a moment 检测能力: its shifts, with the teams that it borrowed and lent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.testing.rules.laboratories.loan import Loan

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Capacity:
    """Tubes that a laboratory can test in a day, and those that it has and has not resulted."""

    own: int
    borrowed: int
    lent: int
    suspended: bool
    open_tubes: int

    @property
    def tubes_per_day(self) -> int:
        """What it can do in a day as it stands; nothing while it is suspended."""
        return 0 if self.suspended else max(0, self.own + self.borrowed - self.lent)

    def free_within(self, horizon: timedelta) -> int:
        """Return how many more tubes it can take and test within a time."""
        return max(0, int(self.tubes_per_day * (horizon / DAY)) - self.open_tubes)

    @property
    def is_short(self) -> bool:
        """Whether it has more open work than it can do in a day."""
        return self.open_tubes > self.tubes_per_day


def capacity_at(
    code: str, own: int, loans: Iterable[Loan], at: datetime, *, suspended: bool, open_tubes: int
) -> Capacity:
    """Return what a laboratory can do at an instant; `loans` may hold those of others and of other times."""
    lasting = [loan for loan in loans if loan.lasts_at(at)]
    return Capacity(
        own=own,
        borrowed=sum(loan.tubes_per_day for loan in lasting if loan.borrower == code),
        lent=sum(loan.tubes_per_day for loan in lasting if loan.lender == code),
        suspended=suspended,
        open_tubes=open_tubes,
    )
