"""What travels over the clocks' HTTP door."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.alerts.actions.read_clock import WholeClock
from services.alerts.routes.page_views import PageView
from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_state import Clock, State, state_of
from services.alerts.rules.clock_terms import FactKind
from services.alerts.storage.clock_records import RecordedStep
from shared.policy.values import Text
from shared.strict_json import WireModel
from shared.vocabulary import Occasion

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]


class WithdrawalOrder(WireModel):
    """Why a clock is withdrawn and who answers for it; both stay on record."""

    reason: Annotated[Line, Field(description="Why, in words 撤销原因")]
    name: Annotated[Line, Field(description="Who answers for it 经办人")]


class ClockView(BaseModel):
    """A clock as a list shows it; `state` is that at the moment of the answer."""

    id: UUID
    rule: str
    rule_version: int
    title: Text
    clauses: list[Text]
    """The rule's clauses with their document numbers."""
    subject: str
    division: str
    owner: str
    institution: str | None
    state: State
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    voided_at: datetime | None
    next_step_at: datetime | None
    reference_at: datetime | None
    overdue_seconds: float
    """How long after the due time it was done, or is open still; 0 when in time."""


class FactView(BaseModel):
    """What one event said about the clock, with its three times."""

    kind: FactKind
    event_id: UUID
    event_type: str
    occurred_at: datetime
    recorded_at: datetime
    received_at: datetime
    reason: str | None

    @classmethod
    def of(cls, fact: Fact) -> "FactView":
        """Return the wire's form of a fact."""
        return cls(
            kind=fact.kind,
            event_id=fact.event_id,
            event_type=fact.event_type,
            occurred_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
            received_at=fact.received_at,
            reason=fact.reason,
        )


class StepView(BaseModel):
    """A step of the clock, fired or to come."""

    index: int
    kind: Occasion
    due_at: datetime
    fired_at: datetime | None
    late_seconds: float | None


class WholeClockView(ClockView):
    """A clock with all facts that made it, its steps, and who was paged about it."""

    void_reason: str | None
    voided_by: str | None
    fault: str | None
    """Why the last attempt to fire the next step failed; null when all is well."""
    facts: list[FactView]
    steps: list[StepView]
    pages: list[PageView]


def overdue_seconds(clock: Clock, now: datetime) -> float:
    """Return by how many seconds the due time was or is passed; 0 for a clock in time or withdrawn."""
    if clock.due_at is None or clock.voided_at is not None:
        return 0.0
    return max(0.0, ((clock.stopped_at or now) - clock.due_at).total_seconds())


def view_of(clock: Clock, title: Text, clauses: tuple[Text, ...], now: datetime) -> ClockView:
    """Return the wire's form of a clock that has started."""
    assert clock.started_at is not None, "what has not started is no duty yet"
    assert clock.due_at is not None, "what has started is due at some time"
    return ClockView(
        id=clock.id,
        rule=clock.rule_id,
        rule_version=clock.rule_version,
        title=title,
        clauses=list(clauses),
        subject=clock.subject,
        division=clock.division,
        owner=clock.owner,
        institution=clock.institution,
        state=state_of(clock, now),
        started_at=clock.started_at,
        due_at=clock.due_at,
        stopped_at=clock.stopped_at,
        voided_at=clock.voided_at,
        next_step_at=clock.next_step_at,
        reference_at=clock.reference_at,
        overdue_seconds=overdue_seconds(clock, now),
    )


def whole_view_of(whole: WholeClock, view: ClockView) -> WholeClockView:
    """Return the wire's form of a clock with its history."""
    history = whole.history
    return WholeClockView(
        **view.model_dump(),
        void_reason=history.clock.void_reason,
        voided_by=history.clock.voided_by,
        fault=history.fault,
        facts=[FactView.of(fact) for fact in history.facts],
        steps=_steps(history.clock, history.steps),
        pages=[PageView.of(page) for page in whole.pages],
    )


def _steps(clock: Clock, fired: tuple[RecordedStep, ...]) -> list[StepView]:
    """Return what fired as it fired, and of an open clock what is still to come."""
    views = [
        StepView(
            index=step.index,
            kind=step.kind,
            due_at=step.due_at,
            fired_at=step.fired_at,
            late_seconds=step.late_seconds,
        )
        for step in fired
    ]
    if clock.is_open:
        for index in range(clock.next_step, len(clock.step_instants)):
            views.append(
                StepView(
                    index=index,
                    kind=clock.step_kinds[index],
                    due_at=clock.step_instants[index],
                    fired_at=None,
                    late_seconds=None,
                )
            )
    return views
