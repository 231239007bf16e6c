"""An entry of the register of risk areas: what is said of it, and what holds; the word entered last holds.

渡建胜肺炎组发〔2021〕2号 §8(2) names the levels; neither says who lists the areas: the municipality does.
An area at a level from a day is one entry; saying it again with a last day ends it.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from services.registration.rules.plans.risk_level import RiskLevel
from shared.areas import canonical_area
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead

EARLIEST_DAY = date(2019, 12, 1)
"""Before the epidemic no area had a level; what lies before is a mistyped year."""


@dataclass(frozen=True, slots=True)
class RiskAreaStatement:
    """What one sender says of an area's level; days in Asia/Shanghai, both included."""

    division: str
    area: str
    name: str
    level: RiskLevel
    since: date
    until: date | None
    source: str
    recorded_at: datetime
    received_from: str
    withdrawn_for: str | None = None
    """Why the entry was wrong from the start; None: it stands."""

    @property
    def id(self) -> UUID:
        """The entry's id: an area at a level from a day is one entry of a register."""
        return derived_id("risk-area", self.division, canonical_area(self.area), self.level, self.since)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said and when it was entered."""
        said = (self.id, self.name, self.until, self.source, self.withdrawn_for, self.recorded_at)
        return derived_id("risk-area-statement", *said)


@dataclass(frozen=True, slots=True)
class RiskArea:
    """What holds of an entry after all that was said."""

    id: UUID
    division: str
    area: str
    level: RiskLevel
    since: date
    name: str
    until: date | None
    source: str
    withdrawn_for: str | None
    recorded_at: datetime
    received_from: str

    @property
    def said(self) -> tuple[str, date | None, str, str | None]:
        """What may be said differently of the same entry."""
        return (self.name, self.until, self.source, self.withdrawn_for)

    @property
    def days(self) -> tuple[date, date | None] | None:
        """First and last day of the level; None once withdrawn."""
        return None if self.withdrawn_for is not None else (self.since, self.until)


def problems_of(statement: RiskAreaStatement, now: datetime, areas: Container[str]) -> list[FieldProblem]:
    """Return why a statement cannot be stored, field by field; an empty list when it can."""
    problems = problems_ahead({"recorded_at": statement.recorded_at}, now)
    if statement.area not in areas:
        problems.insert(0, FieldProblem("area", f"unknown area {statement.area!r}"))
    if statement.since < EARLIEST_DAY:
        problems.append(FieldProblem("from", f"lies before {EARLIEST_DAY}"))
    if statement.until is not None and statement.until < statement.since:
        problems.append(FieldProblem("until", "lies before from"))
    return problems


def begin(statement: RiskAreaStatement) -> RiskArea:
    """Return what holds when nothing else was ever said."""
    return RiskArea(
        id=statement.id,
        division=statement.division,
        area=canonical_area(statement.area),
        level=statement.level,
        since=statement.since,
        name=statement.name,
        until=statement.until,
        source=statement.source,
        withdrawn_for=statement.withdrawn_for,
        recorded_at=statement.recorded_at,
        received_from=statement.received_from,
    )


def merge(one: RiskArea, other: RiskArea) -> RiskArea:
    """Return what was entered last; of two entered at one instant the stricter; order is no matter."""
    return max(one, other, key=_order)


def _order(held: RiskArea) -> tuple[datetime, bool, date, tuple[str, ...]]:
    rest = (held.name, held.source, held.withdrawn_for or "", held.received_from)
    return (held.recorded_at, held.withdrawn_for is None, held.until or date.max, rest)


def days_that_changed(before: RiskArea | None, after: RiskArea) -> tuple[date, date | None] | None:
    """Return first and last day on which a change matters; None when it changes no day of any level."""
    spans = [span for span in (before and before.days, after.days) if span is not None]
    if not spans or (before is not None and before.days == after.days):
        return None
    lasts = [last for _, last in spans if last is not None]
    last_day = max(lasts) if len(lasts) == len(spans) else None
    if len(spans) == 1:
        return spans[0][0], last_day
    return min(lasts) + timedelta(days=1), last_day  # only the end moved: until the nearer end nothing did
