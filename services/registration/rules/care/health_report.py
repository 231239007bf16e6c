"""Health reports 健康日报: temperature and symptoms of somebody for a day, and what is flagged at once.

Who reports, from which temperature it is a fever and which symptoms count is the policy's
(渡建胜肺炎组发〔2021〕2号 §8, §11, §13, §18).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.day_count import day_of
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.policy.care import HealthReports
from shared.vocabulary import Symptom

LOWEST_CELSIUS, HIGHEST_CELSIUS = 34.0, 43.0
"""What a thermometer for people shows; anything else is a slip of the pen."""


class Period(StrEnum):
    """Which report of a day it is 早晚时段."""

    MORNING = "morning"
    EVENING = "evening"


class Reporter(StrEnum):
    """Who reports 报告人."""

    SELF = "self"
    FAMILY = "family"
    GRID_WORKER = "grid-worker"
    SITE_STAFF = "site-staff"


@dataclass(frozen=True, slots=True)
class HealthStatement:
    """What was said of somebody's health; times aware, in UTC."""

    person_id: UUID
    division: str
    """Where the person is."""
    day: date
    period: Period
    temperature_celsius: float
    symptoms: frozenset[Symptom]
    reporter: Reporter
    measured_at: datetime
    recorded_at: datetime
    received_from: str

    @property
    def id(self) -> UUID:
        """The report's id: one person, one day, one period."""
        return derived_id("health-report", self.person_id, self.day, self.period)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said, so that saying it again is known as a repetition."""
        return derived_id(
            "health-statement",
            self.id,
            f"{self.temperature_celsius:.2f}",
            *sorted(self.symptoms),
            self.reporter,
            self.measured_at,
        )


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What holds of a report after all that was said: what was recorded last."""

    id: UUID
    person_id: UUID
    division: str
    day: date
    period: Period
    temperature_celsius: float
    symptoms: frozenset[Symptom]
    reporter: Reporter
    measured_at: datetime
    recorded_at: datetime
    statement_id: UUID
    first_measured_at: datetime
    """The earliest measurement of all that was said: from then on the day was reported."""


def problems_of(statement: HealthStatement, now: datetime) -> list[FieldProblem]:
    """Return why a statement cannot be stored, field by field; an empty list when it can."""
    problems = problems_ahead(
        {"measured_at": statement.measured_at, "recorded_at": statement.recorded_at}, now
    )
    if day_of(statement.measured_at) != statement.day:
        problems.append(FieldProblem("day", "is not the day, in Asia/Shanghai, of measured_at"))
    return problems


def begin(statement: HealthStatement) -> HealthReport:
    """Return what holds when nothing else was ever said."""
    return HealthReport(
        id=statement.id,
        person_id=statement.person_id,
        division=statement.division,
        day=statement.day,
        period=statement.period,
        temperature_celsius=statement.temperature_celsius,
        symptoms=statement.symptoms,
        reporter=statement.reporter,
        measured_at=statement.measured_at,
        recorded_at=statement.recorded_at,
        statement_id=statement.statement_id,
        first_measured_at=statement.measured_at,
    )


def merge(one: HealthReport, other: HealthReport) -> HealthReport:
    """Return what holds of both: what was recorded later corrects, whatever came first."""
    latest = max(one, other, key=lambda said: (said.recorded_at, said.statement_id))
    return replace(
        latest,
        division=one.division,
        first_measured_at=min(one.first_measured_at, other.first_measured_at),
    )


def flags_of(statement: HealthStatement, law: HealthReports) -> frozenset[Symptom]:
    """Return what is flagged at once: the listed symptoms, and fever by the thermometer."""
    listed = statement.symptoms & frozenset(law.symptoms)
    has_fever = statement.temperature_celsius >= law.fever_from_celsius
    return listed | {Symptom.FEVER} if has_fever else listed
