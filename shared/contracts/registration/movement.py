"""Leaving and returning residents, and notices from outside."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event


class DepartureTestDue(Event):
    """A resident leaves for a destination that asks for a test before (town §15).

    The laboratory side takes it up. Days in Asia/Shanghai, both included.
    """

    TYPE: ClassVar[str] = "registration.departure-test-due"
    SUBJECT: ClassVar[str] = "test_id"

    departure_id: UUID
    test_id: UUID
    person_id: UUID
    from_on: date
    """A test before this day would be too old."""
    due_on: date


class DepartureTestDropped(Event):
    """The test before a departure is not asked for any more, or falls on other days."""

    TYPE: ClassVar[str] = "registration.departure-test-dropped"
    SUBJECT: ClassVar[str] = "test_id"

    departure_id: UUID
    test_id: UUID
    person_id: UUID


EVENTS: tuple[type[Event], ...] = (DepartureTestDue, DepartureTestDropped)
