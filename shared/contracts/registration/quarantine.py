"""Central quarantine: decided, moved, arrived."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event


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
    CentralQuarantineDecided,
    TransferRequested,
    QuarantineArrived,
)
