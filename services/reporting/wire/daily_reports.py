"""What travels over the HTTP door of daily reports."""

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.reporting.rules.daily_figures import DailyFacts, DailyReport, Figures
from services.reporting.rules.entry import Verdict
from services.reporting.rules.missing_units import LevelCount
from services.reporting.rules.reporting_day import due_at, is_on_time
from services.reporting.wire.fields import PersonNamed
from shared.divisions import Division, DivisionCode, Level
from shared.instants import WireInstant
from shared.pages import Page
from shared.strict_json import WireModel

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]

Note = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class DailyFigures(WireModel):
    """A unit's figures of a reporting day; all of them, because one left out would be read as zero."""

    new_returnees: Count
    """People who returned from elsewhere and were registered during the day 新增返乡人员."""
    under_quarantine: Count
    """People in central or home quarantine when the day ends 在管隔离人员."""
    symptomatic: Count
    """People found with a fever or a listed symptom during the day 发热及有症状人员."""
    tests_done: Count
    """Nucleic-acid samples taken during the day 核酸采样人次."""


class DailyReportOrder(WireModel):
    """A unit's report of a reporting day 日报告: its figures, or `zero: true` 零报告, one of both."""

    unit: DivisionCode
    day: date
    """The reporting day, named by the date on which it ends."""
    figures: DailyFigures | None = None
    zero: bool = False
    abnormal: bool = False
    """True for an abnormal situation 异常情况, which is told at once; what it is stands in the note."""
    note: Note | None = None
    reporter: PersonNamed
    recorded_at: WireInstant | None = None

    def stated_figures(self) -> Figures | None:
        """Return the figures by name; None where none were given."""
        if self.figures is None:
            return None
        return {
            "new_returnees": self.figures.new_returnees,
            "under_quarantine": self.figures.under_quarantine,
            "symptomatic": self.figures.symptomatic,
            "tests_done": self.figures.tests_done,
        }

    def facts(self) -> DailyFacts:
        """Return the filing as the rules see it."""
        return DailyFacts(self.stated_figures(), self.abnormal, self.note, self.reporter)


class RevisionView(BaseModel):
    """One filing of a unit and day; the last one gives the figures, the first one the receipt."""

    revision: int
    zero: bool
    figures: DailyFigures | None
    abnormal: bool
    note: str | None
    reporter: str
    recorded_at: WireInstant
    received_at: WireInstant

    @classmethod
    def of(cls, report: DailyReport) -> "RevisionView":
        """Return the wire's form of a filing."""
        figures = report.facts.figures
        return cls(
            revision=report.revision,
            zero=report.facts.zero,
            figures=None if figures is None else DailyFigures.model_validate(figures),
            abnormal=report.facts.abnormal,
            note=report.facts.note,
            reporter=report.facts.reporter,
            recorded_at=report.recorded_at,
            received_at=report.received_at,
        )


class DailyReportView(BaseModel):
    """What a unit reported for a day, every filing of it, oldest first."""

    report_id: UUID
    unit: str
    day: date
    due_at: WireInstant
    filed_at: WireInstant
    """Receipt of the first filing; no correction moves it."""
    on_time: bool
    revisions: list[RevisionView]

    @classmethod
    def of(cls, filings: list[DailyReport], ends: time) -> "DailyReportView":
        """Return the wire's form of a unit's filings of a day, oldest first."""
        first = filings[0]
        return cls(
            report_id=first.report_id,
            unit=first.unit,
            day=first.day,
            due_at=due_at(first.day, ends),
            filed_at=first.received_at,
            on_time=is_on_time(first.day, first.received_at, ends),
            revisions=[RevisionView.of(filing) for filing in filings],
        )


class DailyReceipt(BaseModel):
    """What became of a filing."""

    verdict: Verdict
    report_id: UUID
    unit: str
    day: date
    revision: int
    due_at: WireInstant
    received_at: WireInstant

    @classmethod
    def of(cls, verdict: Verdict, report: DailyReport, ends: time) -> "DailyReceipt":
        """Return the receipt of a filing, or of the one that it repeats."""
        return cls(
            verdict=verdict,
            report_id=report.report_id,
            unit=report.unit,
            day=report.day,
            revision=report.revision,
            due_at=due_at(report.day, ends),
            received_at=report.received_at,
        )


class MissingUnit(BaseModel):
    """A unit that has not reported."""

    unit: str
    name: str
    full_name: str
    level: Level

    @classmethod
    def of(cls, unit: Division, full_name: str) -> "MissingUnit":
        """Return the wire's form of a unit."""
        return cls(unit=unit.code, name=unit.name, full_name=full_name, level=unit.level)


class LevelCountView(BaseModel):
    """How many units of one level owe a report, filed it, and are missing."""

    units: int
    filed: int
    missing: int

    @classmethod
    def of(cls, count: LevelCount) -> "LevelCountView":
        """Return the wire's form of a count."""
        return cls(units=count.units, filed=count.filed, missing=count.missing)


class MissingUnits(Page[MissingUnit]):
    """Who has not reported for a day 未报单位; a missing report is never counted as zero."""

    day: date
    due_at: WireInstant
    is_over: bool
    """Whether the day's hour has passed; before it, nobody is late yet."""
    counts: dict[Level, LevelCountView]
    """By level, of the whole subtree and not of this page."""


def missing_units_view(
    page: Page[MissingUnit], day: date, now: datetime, ends: time, counts: dict[Level, LevelCountView]
) -> MissingUnits:
    """Return a page of missing units with the day's hour and the counts of all of them."""
    return MissingUnits(
        items=page.items,
        next=page.next,
        day=day,
        due_at=due_at(day, ends),
        is_over=not is_on_time(day, now, ends),
        counts=counts,
    )
