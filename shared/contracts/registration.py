"""What the registration service publishes."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event
from shared.vocabulary import Symptom


class ReturnKnown(Event):
    """Somebody's arrival became known.

    `occurred_at` is the arrival. Starts the 12 hours of registration (town §16).
    """

    TYPE: ClassVar[str] = "registration.return-known"
    SUBJECT: ClassVar[str] = "return_id"

    return_id: UUID


class ReturnRegistered(Event):
    """A returned person was registered by the village; `occurred_at` is the registration (town §16)."""

    TYPE: ClassVar[str] = "registration.return-registered"
    SUBJECT: ClassVar[str] = "return_id"

    return_id: UUID


class SymptomSeen(Event):
    """A sentinel saw a patient with a listed symptom.

    `occurred_at` is when. Starts the 2 hours of the sentinel report.
    """

    TYPE: ClassVar[str] = "registration.symptom-seen"
    SUBJECT: ClassVar[str] = "report_id"

    report_id: UUID
    sentinel: str
    symptoms: list[Symptom]


class SymptomReported(Event):
    """A sentinel's report reached the township health centre; `occurred_at` is when."""

    TYPE: ClassVar[str] = "registration.symptom-reported"
    SUBJECT: ClassVar[str] = "report_id"

    report_id: UUID
    sentinel: str


class SymptomFlagged(Event):
    """A person under management has a fever or a listed symptom (town §11, §13, §17)."""

    TYPE: ClassVar[str] = "registration.symptom-flagged"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    symptoms: list[Symptom]


class PersonReturned(Event):
    """A returned person was registered and is under care (town §16)."""

    TYPE: ClassVar[str] = "registration.person-returned"
    SUBJECT: ClassVar[str] = "person_id"

    person_id: UUID
    return_id: UUID
    arrived_at: AwareDatetime


class PlanDecided(Event):
    """A person's plan of quarantine and tests was decided or changed (town §8, city §12)."""

    TYPE: ClassVar[str] = "registration.plan-decided"
    SUBJECT: ClassVar[str] = "plan_id"

    plan_id: UUID
    person_id: UUID
    plan_version: int
    governing_rule: str


class CentralQuarantineDecided(Event):
    """Central quarantine was decided for a person; starts the 12 hours of the transfer (town §7)."""

    TYPE: ClassVar[str] = "registration.central-quarantine-decided"
    SUBJECT: ClassVar[str] = "transfer_id"

    transfer_id: UUID
    person_id: UUID
    arrived_at: AwareDatetime | None = None
    """When the person arrived, shown beside the clock."""


class TransferRequested(Event):
    """A vehicle and crew were asked for to move a person to a central site (town §7)."""

    TYPE: ClassVar[str] = "registration.transfer-requested"
    SUBJECT: ClassVar[str] = "transfer_id"

    transfer_id: UUID
    person_id: UUID


class QuarantineArrived(Event):
    """A person arrived at the central quarantine site (town §7)."""

    TYPE: ClassVar[str] = "registration.quarantine-arrived"
    SUBJECT: ClassVar[str] = "transfer_id"

    transfer_id: UUID
    person_id: UUID


EVENTS: tuple[type[Event], ...] = (
    ReturnKnown,
    ReturnRegistered,
    SymptomSeen,
    SymptomReported,
    SymptomFlagged,
    PersonReturned,
    PlanDecided,
    CentralQuarantineDecided,
    TransferRequested,
    QuarantineArrived,
)
