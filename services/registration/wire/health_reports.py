"""Health reports on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from services.registration.actions.care.record_health_reports import JudgedReport
from services.registration.rules.care.health_day import HealthDay, MissedDayFollowUp, MissedOutcome
from services.registration.rules.care.health_report import (
    HIGHEST_CELSIUS,
    LOWEST_CELSIUS,
    HealthReport,
    HealthStatement,
    Period,
    Reporter,
)
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict
from shared.vocabulary import Symptom


def _two_places(temperature: float) -> float:
    rounded = round(temperature, 2)
    if abs(rounded - temperature) > 1e-9:
        raise ValueError("may have two decimal places at most")
    return rounded


Celsius = Annotated[
    float,
    Field(ge=LOWEST_CELSIUS, le=HIGHEST_CELSIUS, description="Degrees Celsius 体温（℃）", examples=[36.6]),
    AfterValidator(_two_places),
]


class HealthRow(WireModel):
    """Somebody's temperature and symptoms 健康日报; said again with other values it is a correction."""

    person_id: UUID
    day: date
    """The day in Asia/Shanghai that is reported; the measurement lies in it."""
    period: Period
    temperature_celsius: Celsius
    symptoms: Annotated[tuple[Symptom, ...], Field(max_length=50)] = ()
    reporter: Reporter
    measured_at: WireInstant
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    def statement(self, *, now: datetime, received_from: str) -> HealthStatement:
        """Return the row as the rules see it; where the person is is looked up."""
        return HealthStatement(
            person_id=self.person_id,
            division="",
            day=self.day,
            period=self.period,
            temperature_celsius=self.temperature_celsius,
            symptoms=frozenset(self.symptoms),
            reporter=self.reporter,
            measured_at=self.measured_at,
            recorded_at=self.recorded_at or now,
            received_from=received_from,
        )


class HealthReportView(BaseModel):
    """What holds of a report: what was recorded last."""

    report_id: UUID
    person_id: UUID
    division: str
    day: date
    period: Period
    temperature_celsius: float
    symptoms: list[Symptom]
    reporter: Reporter
    measured_at: AwareDatetime
    recorded_at: AwareDatetime

    @classmethod
    def of(cls, held: HealthReport) -> "HealthReportView":
        """Return the wire's form of a report."""
        return cls.model_validate(_shown(held))


def _shown(held: HealthReport) -> dict[str, object]:
    return {
        "report_id": held.id,
        "person_id": held.person_id,
        "division": held.division,
        "day": held.day,
        "period": held.period,
        "temperature_celsius": held.temperature_celsius,
        "symptoms": sorted(held.symptoms),
        "reporter": held.reporter,
        "measured_at": held.measured_at,
        "recorded_at": held.recorded_at,
    }


class HealthReportReceipt(HealthReportView):
    """What became of a statement, what holds now, and what was flagged."""

    verdict: Verdict
    flagged: list[Symptom]

    @classmethod
    def after(cls, judged: JudgedReport) -> "HealthReportReceipt":
        """Return the answer to a statement that was not refused."""
        assert judged.held is not None, "what was refused has no receipt"
        return cls.model_validate(
            {**_shown(judged.held), "verdict": judged.verdict, "flagged": sorted(judged.flagged)}
        )


class HealthRowReceipt(RowReceipt):
    """What became of one row of a batch, and what it flagged."""

    person_id: UUID | None
    report_id: UUID | None
    flagged: tuple[Symptom, ...] = ()


class MissedDayRow(WireModel):
    """What somebody found out about a person whose report did not come 漏报跟进."""

    day: date
    outcome: MissedOutcome
    occurred_at: WireInstant
    recorded_at: WireInstant | None = None

    def follow_up(self, person_id: UUID, *, now: datetime) -> MissedDayFollowUp:
        """Return the row as the rules see it."""
        return MissedDayFollowUp(person_id, self.day, self.outcome, self.occurred_at, self.recorded_at or now)


class MissedDayReceipt(BaseModel):
    """What became of a follow-up."""

    person_id: UUID
    day: date
    outcome: MissedOutcome
    verdict: Verdict


class MissedDayView(BaseModel):
    """Somebody who owes the report of a day for which nothing has come."""

    person_id: UUID
    division: str
    day: date
    opened_at: AwareDatetime
    opened_late: bool
    """Whether the service was down when the day began."""
    place: str | None
    """The code of the key place for whose people it is owed; null for who is under management."""

    @classmethod
    def of(cls, day: HealthDay) -> "MissedDayView":
        """Return the wire's form of a day without a report."""
        assert day.opened_at is not None, "only days that were opened are owed"
        return cls(
            person_id=day.person_id,
            division=day.division,
            day=day.day,
            opened_at=day.opened_at,
            opened_late=day.opened_late,
            place=day.place,
        )
