"""What a unit states for a day: its figures or an explicit zero, never both or neither (town §3, city §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.contracts import derived_id
from shared.errors import FieldProblem

FigureName = Literal["new_returnees", "under_quarantine", "symptomatic", "tests_done"]
Figures = Mapping[FigureName, int]


@dataclass(frozen=True, slots=True)
class DailyFacts:
    """One filing as it is stated; `figures` is None when zero is reported."""

    figures: Figures | None
    abnormal: bool
    note: str | None
    reporter: str

    @property
    def zero(self) -> bool:
        """Whether the unit reported, in so many words, that there was nothing."""
        return self.figures is None


@dataclass(frozen=True, slots=True)
class DailyReport:
    """One filing on record; revision 1 stands as the receipt, those above are corrections."""

    unit: str
    day: date
    revision: int
    facts: DailyFacts
    recorded_at: datetime
    received_at: datetime
    received_from: str

    @property
    def report_id(self) -> UUID:
        """The id of the unit's report of the day, whatever the revision."""
        return derived_id("daily-report", self.unit, self.day)


def problems_of_statement(figures: Figures | None, zero: bool) -> list[FieldProblem]:
    """Return the problem of a statement that gives both figures and zero, or neither.

    Silence is not zero: a unit that has nothing says so.
    """
    if figures is not None and zero:
        return [FieldProblem("zero", "contradicts figures: give figures or zero, not both")]
    if figures is None and not zero:
        return [FieldProblem("figures", "give figures or zero: true; a report without either is none")]
    return []
