"""The state of a statutory clock: a pure function of its facts and `now`, never stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.vocabulary import Occasion


class State(StrEnum):
    """What a clock is at a moment 时钟状态."""

    UNSTARTED = "unstarted"
    """Only its stop or its withdrawal is known so far: no duty yet, so no list shows it."""
    RUNNING = "running"
    BREACHED = "breached"
    MET = "met"
    MET_LATE = "met-late"
    VOID = "void"


LISTED = (State.RUNNING, State.BREACHED, State.MET, State.MET_LATE, State.VOID)


@dataclass(frozen=True, slots=True)
class Clock:
    """A statutory clock: the merge of its facts, and the steps that were frozen when it started.

    `started_at`, `stopped_at` and `voided_at` are instants of the world (occurred_at of the fact that
    won the merge); the `…_event_id` beside each decides between two facts of the same instant.
    """

    id: UUID
    rule_id: str
    subject: str
    pack_id: str
    rule_version: int
    """The version of the pack that binds it: the one in force at its first start."""
    division: str
    owner: str
    """The duty post that owes the deed."""
    institution: str | None = None
    started_at: datetime | None = None
    start_event_id: UUID | None = None
    reference_at: datetime | None = None
    """An instant that is shown beside the clock, such as the positive result beside its review."""
    due_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_event_id: UUID | None = None
    voided_at: datetime | None = None
    void_event_id: UUID | None = None
    void_reason: str | None = None
    voided_by: str | None = None
    step_instants: tuple[datetime, ...] = ()
    step_kinds: tuple[Occasion, ...] = ()
    step_rungs: tuple[int, ...] = ()
    """The rung of the ladder that each step pages, counted from 1; 0 pages nobody."""
    next_step: int = 0
    """How many steps have fired."""

    @property
    def is_open(self) -> bool:
        """Whether the duty exists and is neither done nor withdrawn."""
        return self.started_at is not None and self.stopped_at is None and self.voided_at is None

    @property
    def next_step_at(self) -> datetime | None:
        """When the next step fires; None when the clock is not open or all its steps have fired."""
        if not self.is_open or self.next_step >= len(self.step_instants):
            return None
        return self.step_instants[self.next_step]


def state_of(clock: Clock, now: datetime) -> State:
    """Return the clock's state at `now`; what is done or still open exactly at the due time is in time."""
    if clock.started_at is None or clock.due_at is None:
        return State.UNSTARTED
    if clock.voided_at is not None:
        return State.VOID
    if clock.stopped_at is None:
        return State.BREACHED if now > clock.due_at else State.RUNNING
    return State.MET if clock.stopped_at <= clock.due_at else State.MET_LATE
