"""Laboratories: their quality, and where their work goes."""

from datetime import date
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


class LaboratoryDrifted(Event):
    """A day's share of positive or invalid results hardly fits a laboratory's habit; somebody should ask.

    `occurred_at` is when it was noticed (city §7).
    """

    TYPE: ClassVar[str] = "testing.laboratory-drifted"
    SUBJECT: ClassVar[str] = "laboratory"

    laboratory: str
    figure: str
    """`positives` or `invalid`."""
    day: date
    results: int
    found: int
    usual_share: float


class LaboratorySlow(Event):
    """Most results of a day came later than the policy lets them; `occurred_at` is when it was noticed."""

    TYPE: ClassVar[str] = "testing.laboratory-slow"
    SUBJECT: ClassVar[str] = "laboratory"

    laboratory: str
    day: date
    seconds: int
    """Within which the policy's share of the results was there."""
    limit_seconds: int


class LaboratorySilent(Event):
    """A laboratory that usually has results has had none; `occurred_at` is when it was noticed."""

    TYPE: ClassVar[str] = "testing.laboratory-silent"
    SUBJECT: ClassVar[str] = "laboratory"

    laboratory: str
    quiet_since: date
    """The first day without a result, in Asia/Shanghai."""
    quiet_days: int


class WorkRerouted(Event):
    """Open tubes of a suspended laboratory go to another one, which must test them (city §6).

    `division` is where the laboratory stands that gets them.
    """

    TYPE: ClassVar[str] = "testing.work-rerouted"
    SUBJECT: ClassVar[str] = "to_laboratory"

    suspension_id: UUID
    from_laboratory: str
    to_laboratory: str
    tube_ids: list[UUID]


EVENTS: tuple[type[Event], ...] = (
    LaboratorySuspended,
    LaboratoryReinstated,
    LaboratoryDrifted,
    LaboratorySlow,
    LaboratorySilent,
    WorkRerouted,
)
