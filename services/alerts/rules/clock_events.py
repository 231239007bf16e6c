"""What the bus hears about a clock: what a merge changed, and what a fired step means.

Every id follows from the clock and the fact, so the same change said twice is one event. What turns out
different later (an earlier start, an earlier stop) is said again with the new truth; the latest event of a
clock is the one to keep. A withdrawal is said once for each start: which of several facts withdrew the clock
first decides its record and changes nothing for anybody else.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from services.alerts.rules.clock_state import Clock, State, state_of
from services.alerts.rules.clock_steps import FiredStep
from shared.contracts import Envelope, Event, derived_id, envelop
from shared.contracts.alerts import (
    ClockBreached,
    ClockEvent,
    ClockMet,
    ClockStarted,
    ClockVoided,
    ClockWarned,
)
from shared.vocabulary import Occasion

_CODE = re.compile(r"[a-z0-9]+([-.][a-z0-9]+)*", re.ASCII)


def announce_change(before: Clock | None, after: Clock, now: datetime) -> Iterator[Envelope]:
    """Give the events of a merge: started, voided, met; none while a clock has no start.

    A clock that was closed at birth is both started and met.
    """
    if after.started_at is None or after.due_at is None:
        return
    moved = before is None or before.started_at != after.started_at
    if moved:
        yield _sealed(
            ClockStarted(**_about(after), occurred_at=after.started_at, recorded_at=now, due_at=after.due_at),
            after.started_at,
        )
    if after.voided_at is not None:
        if moved or before is None or before.voided_at is None:
            yield _sealed(
                ClockVoided(
                    **_about(after),
                    occurred_at=after.voided_at,
                    recorded_at=now,
                    reason=_reason_on_the_bus(after.void_reason),
                ),
                after.started_at,
            )
    elif after.stopped_at is not None and (moved or before is None or before.stopped_at != after.stopped_at):
        yield _sealed(
            ClockMet(
                **_about(after),
                occurred_at=after.stopped_at,
                recorded_at=now,
                due_at=after.due_at,
                late=state_of(after, now) is State.MET_LATE,
            ),
            after.stopped_at,
            after.due_at,
        )


def announce_step(
    clock_id: UUID,
    rule_id: str,
    subject: str,
    division: str,
    due_at: datetime,
    step: FiredStep,
    now: datetime,
) -> Envelope | None:
    """Return the event of a fired step; None for an inform step, whose clock-started has gone out already."""
    if step.kind is Occasion.INFORM:
        return None
    late_seconds = max(0.0, step.late_seconds)
    if step.kind is Occasion.WARN:
        event: Event = ClockWarned(
            division=division,
            occurred_at=step.due_at,
            recorded_at=now,
            clock_id=clock_id,
            rule=rule_id,
            clock_subject=subject,
            due_at=due_at,
            step=step.index,
            step_due_at=step.due_at,
            late_seconds=late_seconds,
        )
    else:
        event = ClockBreached(
            division=division,
            occurred_at=step.due_at,
            recorded_at=now,
            clock_id=clock_id,
            rule=rule_id,
            clock_subject=subject,
            due_at=due_at,
            late_seconds=late_seconds,
        )
    return envelop(event, id=derived_id(event.TYPE, clock_id, step.index))


def _reason_on_the_bus(reason: str | None) -> str:
    """Return a reason code as it is; what a person wrote stays here, for it may name somebody."""
    return reason if reason and _CODE.fullmatch(reason) else "by-hand"


def _about(clock: Clock) -> dict[str, Any]:
    return {
        "division": clock.division,
        "clock_id": clock.id,
        "rule": clock.rule_id,
        "clock_subject": clock.subject,
    }


def _sealed(event: ClockEvent, *facts: object) -> Envelope:
    return envelop(event, id=derived_id(event.TYPE, event.clock_id, *facts))
