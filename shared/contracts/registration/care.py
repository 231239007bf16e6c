"""Who answers for returned people, and the daily round: health reports of people under management."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event, derived_id
from shared.vocabulary import Symptom


def responsible_id_of(mark: str) -> UUID:
    """Return the id by which events name whoever the responsibility grid calls `mark`."""
    return derived_id("grid-staff", mark)


class ChargeAssigned(Event):
    """Somebody of the responsibility grid answers for a person from now on (town §5)."""

    TYPE: ClassVar[str] = "registration.charge-assigned"
    SUBJECT: ClassVar[str] = "charge_id"

    charge_id: UUID
    person_id: UUID
    role: str
    responsible_id: UUID


class ChargeEnded(Event):
    """Somebody of the responsibility grid answers for a person no more (town §5)."""

    TYPE: ClassVar[str] = "registration.charge-ended"
    SUBJECT: ClassVar[str] = "charge_id"

    charge_id: UUID
    person_id: UUID
    role: str
    responsible_id: UUID
    reason_code: str
    """`management-ended`, `left-or-out-of-scope` or `reassigned`."""
    successor_id: UUID | None = None
    """Who answers from now on, where an official said so: both are told."""


class HealthDayOpened(Event):
    """A day began for which somebody under management owes a health report (town §8, §11).

    `occurred_at` is the day's midnight in Asia/Shanghai, also when it was opened late.
    """

    TYPE: ClassVar[str] = "registration.health-day-opened"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    day: date
    opened_late: bool = False
    """Whether the service was down when the day began."""


class PlaceHealthDayOpened(Event):
    """A day began for which somebody of a key place's staff or members owes a health report (town §13, §18).

    `occurred_at` is the day's midnight in Asia/Shanghai, also when it was opened late.
    """

    TYPE: ClassVar[str] = "registration.place-health-day-opened"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    day: date
    place: str
    """The code of the place."""
    opened_late: bool = False
    """Whether the service was down when the day began."""


class HealthReported(Event):
    """The health report of a day that was owed is there; `occurred_at` is the measurement (town §8, §11)."""

    TYPE: ClassVar[str] = "registration.health-reported"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    day: date


class HealthDayFollowedUp(Event):
    """A day without a health report was followed up: somebody saw or reached the person (town §11)."""

    TYPE: ClassVar[str] = "registration.health-day-followed-up"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    day: date
    outcome: str


class HealthDayExcused(Event):
    """The health report of a day is not owed any more, because management ended, or the stay at a place did.

    Or because the person turned out to be another one, who owes it.
    """

    TYPE: ClassVar[str] = "registration.health-day-excused"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    day: date
    reason_code: str
    """`management-ended`, `left-the-place` or `person-merged`."""


class SymptomFlagged(Event):
    """A person under management has a fever or a listed symptom (town §11, §13, §17)."""

    TYPE: ClassVar[str] = "registration.symptom-flagged"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    symptoms: list[Symptom]


EVENTS: tuple[type[Event], ...] = (
    ChargeAssigned,
    ChargeEnded,
    HealthDayOpened,
    PlaceHealthDayOpened,
    HealthReported,
    HealthDayFollowedUp,
    HealthDayExcused,
    SymptomFlagged,
)
