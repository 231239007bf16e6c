"""Plans: what the rules give each person, stage by stage, until the release."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event


class PlanDecided(Event):
    """A person's plan of quarantine and tests was decided or changed (town §8, city §12)."""

    TYPE: ClassVar[str] = "registration.plan-decided"
    SUBJECT: ClassVar[str] = "plan_id"

    plan_id: UUID
    person_id: UUID
    plan_version: int
    governing_rule: str


class PlanWithdrawn(Event):
    """A plan ended because what it rested on holds no more, or because its person has another one."""

    TYPE: ClassVar[str] = "registration.plan-withdrawn"
    SUBJECT: ClassVar[str] = "plan_id"

    plan_id: UUID
    person_id: UUID


class TestDue(Event):
    """A plan asks for a test of a person on a day (town §8, §16); the laboratory side takes it up."""

    TYPE: ClassVar[str] = "registration.test-due"
    SUBJECT: ClassVar[str] = "test_id"

    plan_id: UUID
    test_id: UUID
    person_id: UUID
    due_on: date
    """The day in Asia/Shanghai."""
    reasons: list[str]
    """Ids of the measures that ask for it."""


class TestDropped(Event):
    """A plan asks for a test no more."""

    TYPE: ClassVar[str] = "registration.test-dropped"
    SUBJECT: ClassVar[str] = "test_id"

    plan_id: UUID
    test_id: UUID
    person_id: UUID
    due_on: date


EVENTS: tuple[type[Event], ...] = (PlanDecided, PlanWithdrawn, TestDue, TestDropped)
