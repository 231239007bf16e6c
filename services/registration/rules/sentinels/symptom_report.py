"""A sentinel's report 哨点报告: a clinic or pharmacy sees a listed symptom and reports it upwards.

The policy says within what time (渝肺炎组发〔2021〕1号 sentinel sentence, 渡建胜肺炎组发〔2021〕2号 §17).
A report that comes later is kept and marked late.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.registration.rules.sentinels.sentinel import township_of
from services.registration.rules.telling import Telling, earliest, order_problems
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.vocabulary import Symptom

SALE = "sale:"
"""Begins the reference of what was seen at a sale; the number of the receipt follows."""
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)


class SymptomReportState(StrEnum):
    """How a sentinel's report stands 报告状态."""

    UNREPORTED = "unreported"
    REPORTED = "reported"
    REPORTED_LATE = "reported-late"


@dataclass(frozen=True, slots=True)
class SymptomStatement:
    """What one sender says of a patient with symptoms; times aware, in UTC."""

    reference: str
    sentinel: str
    division: str
    symptoms: frozenset[Symptom]
    seen_at: datetime
    reported_at: datetime | None
    due_at: datetime
    """Until when the report is in time, as the policy had it when this was said."""
    recorded_at: datetime
    received_from: str

    @property
    def id(self) -> UUID:
        """The report's id: one reference of one sentinel in one division is one report.

        What was seen at a sale is known by its receipt, in the whole township, like the sale itself.
        """
        place = township_of(self.division) if self.reference.startswith(SALE) else self.division
        return derived_id("symptom-report", place, self.sentinel, self.reference)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said, so that saying it again is known as a repetition."""
        return derived_id(
            "symptom-statement", self.id, *sorted(self.symptoms), self.seen_at, self.reported_at
        )


@dataclass(frozen=True, slots=True)
class SymptomReport:
    """What holds of a report after all that was said."""

    id: UUID
    reference: str
    sentinel: str
    division: str
    symptoms: frozenset[Symptom]
    seen: Telling
    due_at: datetime
    reported: Telling | None

    @property
    def state(self) -> SymptomReportState:
        """Late when the report lies after the limit; exactly at the limit is in time."""
        if self.reported is None:
            return SymptomReportState.UNREPORTED
        late = self.reported.at > self.due_at
        return SymptomReportState.REPORTED_LATE if late else SymptomReportState.REPORTED

    @property
    def late_by(self) -> timedelta | None:
        """How far after the limit the report was made; None when it was in time or has not been made."""
        if self.reported is None or self.reported.at <= self.due_at:
            return None
        return self.reported.at - self.due_at


def reference_of_sale(receipt: str) -> str:
    """Return the reference of what was seen when the drugs of a receipt were sold."""
    return SALE + receipt


def due_at(seen_at: datetime, within: timedelta) -> datetime:
    """Return until when a report is in time; `within` is the policy's. The last of all days is no error."""
    return min(seen_at, LAST_INSTANT - within) + within


def problems_of(statement: SymptomStatement, now: datetime, divisions: Container[str]) -> list[FieldProblem]:
    """Return why a statement cannot be stored, field by field; an empty list when it can."""
    problems = order_problems(
        now, statement.recorded_at, ("seen_at", statement.seen_at), ("reported_at", statement.reported_at)
    )
    if not statement.symptoms:
        problems.insert(0, FieldProblem("symptoms", "at least one symptom is needed"))
    if statement.division not in divisions:
        problems.insert(0, FieldProblem("division", f"unknown division {statement.division!r}"))
    return problems


def begin(statement: SymptomStatement) -> SymptomReport:
    """Return what holds when nothing else was ever said."""
    reported_at = statement.reported_at
    return SymptomReport(
        id=statement.id,
        reference=statement.reference,
        sentinel=statement.sentinel,
        division=statement.division,
        symptoms=statement.symptoms,
        seen=Telling(statement.seen_at, statement.recorded_at),
        due_at=statement.due_at,
        reported=None if reported_at is None else Telling(reported_at, statement.recorded_at),
    )


def merge(one: SymptomReport, other: SymptomReport) -> SymptomReport:
    """Return what holds of both: the earliest moments, all symptoms.

    The limit goes with the earliest sight; if the policy changed between two statements of the same
    instant, the stricter limit holds.
    """
    _, limit = min((one.seen.at, one.due_at), (other.seen.at, other.due_at))
    return SymptomReport(
        id=one.id,
        reference=one.reference,
        sentinel=one.sentinel,
        division=one.division,
        symptoms=one.symptoms | other.symptoms,
        seen=min(one.seen, other.seen),
        due_at=limit,
        reported=earliest(one.reported, other.reported),
    )
