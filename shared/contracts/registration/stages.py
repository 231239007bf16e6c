"""How plans go on and end: tests done, stages changed, hand-overs, releases."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event


class TestSettled(Event):
    """A test that a plan asks for was done: a negative sample settled it.

    `occurred_at` is when the sample was taken (town §8, §16).
    """

    TYPE: ClassVar[str] = "registration.test-settled"
    SUBJECT: ClassVar[str] = "test_id"

    test_id: UUID
    plan_id: UUID
    person_id: UUID
    sample_id: UUID
    due_on: date


class TestReopened(Event):
    """A test that counted as done is due again: the sample that settled it does not stand any more."""

    TYPE: ClassVar[str] = "registration.test-reopened"
    SUBJECT: ClassVar[str] = "test_id"

    test_id: UUID
    plan_id: UUID
    person_id: UUID
    due_on: date


class PlanHeld(Event):
    """A positive result put a plan on hold: no change of stage and no release."""

    TYPE: ClassVar[str] = "registration.plan-held"
    SUBJECT: ClassVar[str] = "plan_id"

    plan_id: UUID
    person_id: UUID
    sample_id: UUID


class PlanResumed(Event):
    """No positive result stands against a plan any more: it goes on."""

    TYPE: ClassVar[str] = "registration.plan-resumed"
    SUBJECT: ClassVar[str] = "plan_id"

    plan_id: UUID
    person_id: UUID


class RecoveryStated(Event):
    """Disease control stated that an infection is over, or revoked that; the statement entered last holds.

    `occurred_at` is when it was entered. Who decided, and why, stands in the ledger, not on the bus.
    """

    TYPE: ClassVar[str] = "registration.recovery-stated"
    SUBJECT: ClassVar[str] = "recovery_id"

    recovery_id: UUID
    person_id: UUID
    kind: str
    """`recovered` or `revoked`."""
    institution: str | None = None
    recovered_at: AwareDatetime | None = None
    """Samples taken until then hold no plan."""


class StageChanged(Event):
    """A plan went on to its next stage, by itself, at its day.

    `occurred_at` is 00:00 in Asia/Shanghai of the stage's first day, `recorded_at` when it was done.
    """

    TYPE: ClassVar[str] = "registration.stage-changed"
    SUBJECT: ClassVar[str] = "plan_id"

    plan_id: UUID
    person_id: UUID
    position: int
    """Of the stage that begins, from 0."""
    from_kind: str
    to_kind: str
    first_day: date
    last_day: date
    late_seconds: int


class HandoverRequested(Event):
    """A transfer team is asked to bring a person home from a site when the stage there ends (town §8)."""

    TYPE: ClassVar[str] = "registration.handover-requested"
    SUBJECT: ClassVar[str] = "handover_id"

    handover_id: UUID
    plan_id: UUID
    person_id: UUID
    change_on: date
    """The first day at home."""
    last_day_began_at: AwareDatetime
    """00:00 in Asia/Shanghai of the last day at the site: what is left until the change runs from here."""


class HandoverTakenOver(Event):
    """The transfer team took the person over at the site; `occurred_at` is when."""

    TYPE: ClassVar[str] = "registration.handover-taken-over"
    SUBJECT: ClassVar[str] = "handover_id"

    handover_id: UUID
    plan_id: UUID
    person_id: UUID


class HandoverConfirmed(Event):
    """The receiving village or community confirmed that the person is there; `occurred_at` is when."""

    TYPE: ClassVar[str] = "registration.handover-confirmed"
    SUBJECT: ClassVar[str] = "handover_id"

    handover_id: UUID
    plan_id: UUID
    person_id: UUID


class HandoverMissed(Event):
    """The stage changed and nobody has confirmed the person's arrival: a gap, until somebody does."""

    TYPE: ClassVar[str] = "registration.handover-missed"
    SUBJECT: ClassVar[str] = "handover_id"

    handover_id: UUID
    plan_id: UUID
    person_id: UUID
    change_on: date


class HandoverWithdrawn(Event):
    """A hand-over is not needed any more: the plan was changed, put on hold or ended."""

    TYPE: ClassVar[str] = "registration.handover-withdrawn"
    SUBJECT: ClassVar[str] = "handover_id"

    handover_id: UUID
    plan_id: UUID
    person_id: UUID


class PersonReleased(Event):
    """A plan ended: all days over, all tests done and negative; a certificate was issued."""

    TYPE: ClassVar[str] = "registration.person-released"
    SUBJECT: ClassVar[str] = "plan_id"

    plan_id: UUID
    person_id: UUID
    certificate: str
    """The certificate's number."""


EVENTS: tuple[type[Event], ...] = (
    TestSettled,
    TestReopened,
    PlanHeld,
    PlanResumed,
    RecoveryStated,
    StageChanged,
    HandoverRequested,
    HandoverTakenOver,
    HandoverConfirmed,
    HandoverMissed,
    HandoverWithdrawn,
    PersonReleased,
)
