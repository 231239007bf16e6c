"""Laboratories: their quality, and where their work goes."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Event


class LaboratorySuspended(Event):
    """A laboratory must not test any more (city §7).

    `occurred_at` is from when on; `division` is where it stands. What it resulted since is kept and in doubt.
    """

    TYPE: ClassVar[str] = "testing.laboratory-suspended"
    SUBJECT: ClassVar[str] = "laboratory"

    suspension_id: UUID
    laboratory: str
    cause: str
    """`controls`, `proficiency` or `order`."""
    cause_reference: str | None = None
    """The run or the round that failed."""
    reason_code: str


class LaboratoryReinstated(Event):
    """A suspended laboratory may test again; `occurred_at` is from when on."""

    TYPE: ClassVar[str] = "testing.laboratory-reinstated"
    SUBJECT: ClassVar[str] = "laboratory"

    suspension_id: UUID
    laboratory: str
    reason_code: str


EVENTS: tuple[type[Event], ...] = (LaboratorySuspended, LaboratoryReinstated)
