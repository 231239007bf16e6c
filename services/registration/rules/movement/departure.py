"""A resident who leaves 离渝人员: what the destination asks before the departure, and the return afterwards.

Who leaves is tested as the destination demands, and on return managed by the risk of where they were
(渡建胜肺炎组发〔2021〕2号 §15). Of several words about one departure the last one entered holds.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.day_count import day_number
from shared.areas import covers
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.policy.movement import Departures

HOURS_A_DAY = 24


class Purpose(StrEnum):
    """Why somebody leaves 离渝事由."""

    WORK = "work"
    STUDY = "study"
    FAMILY = "family"
    MEDICAL = "medical"
    OFFICIAL = "official"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DepartureStated:
    """What one sender says of somebody's departure; times aware, in UTC, days in Asia/Shanghai."""

    reference: str
    division: str
    person_id: UUID
    destination: str
    leaving_on: date
    purpose: Purpose
    within_hours: int | None
    """How old a negative result may be at the departure, as the resident was told."""
    recorded_at: datetime
    """When it was entered, as the sender says, or its receipt here."""
    is_dated: bool
    """Whether the sender says when it was entered."""
    received_from: str

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said, so that saying it again is known as a repetition."""
        entered = self.recorded_at if self.is_dated else ""
        return derived_id("departure-statement", self.id, *self.content, entered)

    @property
    def id(self) -> UUID:
        """The departure's id: one reference in one division is one departure."""
        return derived_id("departure", self.division, self.reference)

    @property
    def content(self) -> tuple[object, ...]:
        """What a repetition repeats."""
        return (self.destination, self.leaving_on, self.purpose, self.within_hours)


@dataclass(frozen=True, slots=True)
class BeforeLeaving:
    """The test that is asked for before a departure; days in Asia/Shanghai, both included."""

    from_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Departure:
    """What holds of a departure."""

    id: UUID
    reference: str
    division: str
    person_id: UUID
    destination: str
    leaving_on: date
    purpose: Purpose
    within_hours: int | None
    recorded_at: datetime
    test: BeforeLeaving | None
    withdrawn_at: datetime | None = None

    @property
    def content(self) -> tuple[object, ...]:
        """What a repetition repeats."""
        return (self.destination, self.leaving_on, self.purpose, self.within_hours)

    @property
    def test_id(self) -> UUID | None:
        """The id of the test that is asked for; another day is another test."""
        if self.test is None:
            return None
        return derived_id("departure-test", self.id, self.test.from_on, self.test.due_on)


def problems_of(
    *, destination: str, division: str, areas: Container[str], divisions: Container[str]
) -> list[FieldProblem]:
    """Return why a departure cannot be stored, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    if division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {division!r}"))
    if destination not in areas:
        problems.append(FieldProblem("destination", f"unknown area {destination!r}"))
    elif covers(division[:2] + "0000", destination):
        problems.append(FieldProblem("destination", "lies inside the municipality: a pass is enough there"))
    return problems


def times_ahead(recorded_at: datetime, now: datetime) -> list[FieldProblem]:
    """Return what of a departure's times lies ahead; the day of leaving may."""
    return problems_ahead({"recorded_at": recorded_at}, now)


def stricter(*hours: int | None) -> int | None:
    """Return the shortest of the ages that are asked; None where none is."""
    return min((one for one in hours if one is not None), default=None)


def days_of_test(
    leaving_on: date, within_hours: int | None, law: Departures, today: date
) -> BeforeLeaving | None:
    """Return the days on which the test before a departure serves; None where no test is asked.

    A result within 48 hours is sampled on the second day before the departure or on the day before it. Days
    that are over when the departure becomes known fall away; the day of leaving itself remains.
    """
    if within_hours is None:
        return None
    days = -(-within_hours // HOURS_A_DAY)
    first = day_number(leaving_on, -days)
    last = day_number(leaving_on, -min(law.test_ready_days_before, days))
    last = min(max(last, today), leaving_on)
    return BeforeLeaving(min(max(first, today), last), last)
