"""What the alerts service publishes."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Event
from shared.divisions import DivisionCode
from shared.vocabulary import Occasion


class ReportingDayOpened(Event):
    """A unit's reporting day began, at 17:00 of the day before; starts its daily figures (town §3)."""

    TYPE: ClassVar[str] = "alerts.reporting-day-opened"
    SUBJECT: ClassVar[str] = "unit"

    unit: DivisionCode
    day: date


class ClockEvent(Event):
    """What all events about a clock say."""

    SUBJECT: ClassVar[str] = "clock_id"

    clock_id: UUID
    rule: str
    clock_subject: str
    """The thing that the duty is about: a sample, a case, a return, a unit and a day."""


class ClockStarted(ClockEvent):
    """A statutory clock began to run; `occurred_at` is its start."""

    TYPE: ClassVar[str] = "alerts.clock-started"

    due_at: AwareDatetime


class ClockWarned(ClockEvent):
    """A clock reached a share of its time, still open."""

    TYPE: ClassVar[str] = "alerts.clock-warned"

    due_at: AwareDatetime
    step: int
    step_due_at: AwareDatetime
    late_seconds: float = Field(ge=0)


class ClockBreached(ClockEvent):
    """A clock ran out, still open; `occurred_at` is its due time."""

    TYPE: ClassVar[str] = "alerts.clock-breached"

    due_at: AwareDatetime
    late_seconds: float = Field(ge=0)
    """How late this was noticed, not how late the duty is."""


class ClockMet(ClockEvent):
    """The duty was done; `occurred_at` is when, `late` whether that was after the due time."""

    TYPE: ClassVar[str] = "alerts.clock-met"

    due_at: AwareDatetime
    late: bool


class ClockVoided(ClockEvent):
    """A clock was withdrawn with a reason; it stays on record."""

    TYPE: ClassVar[str] = "alerts.clock-voided"

    reason: str


class PageSent(Event):
    """A person on duty was paged about one or more clocks."""

    TYPE: ClassVar[str] = "alerts.page-sent"
    SUBJECT: ClassVar[str] = "page_id"

    page_id: UUID
    person_id: UUID
    occasion: Occasion
    clock_ids: list[UUID]


class PageAcknowledged(Event):
    """A page was acknowledged, for all clocks on it; the statutory clocks run on."""

    TYPE: ClassVar[str] = "alerts.page-acknowledged"
    SUBJECT: ClassVar[str] = "page_id"

    page_id: UUID
    person_id: UUID | None = None
    clock_ids: list[UUID]


class DutyGap(Event):
    """Nobody on duty with a working contact was found for a step, which was skipped at once."""

    TYPE: ClassVar[str] = "alerts.duty-gap"
    SUBJECT: ClassVar[str] = "gap_id"

    gap_id: UUID
    post: str
    rung: int


class SystemAlertEvent(Event):
    """What all events about an alert of the platform itself say."""

    SUBJECT: ClassVar[str] = "episode"

    alert: str
    """The name of the rule that fires, which its runbook is found by."""
    episode: str
    """One span in which it fires: fingerprint, division and beginning."""


class SystemAlertRaised(SystemAlertEvent):
    """An alert of the platform began to fire; `occurred_at` is when, `received_at` when it was told here."""

    TYPE: ClassVar[str] = "alerts.system-alert-raised"

    received_at: AwareDatetime


class SystemAlertCleared(SystemAlertEvent):
    """An alert of the platform fires no more; `occurred_at` is since when."""

    TYPE: ClassVar[str] = "alerts.system-alert-cleared"


EVENTS: tuple[type[Event], ...] = (
    ReportingDayOpened,
    ClockStarted,
    ClockWarned,
    ClockBreached,
    ClockMet,
    ClockVoided,
    PageSent,
    PageAcknowledged,
    DutyGap,
    SystemAlertRaised,
    SystemAlertCleared,
)
