"""Infections that are over, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.registration.actions.plans.state_recovery import RecoveryTaken
from services.registration.rules.plans.recovery import RecoveryKind, RecoveryStatement
from services.registration.wire.tellings import ContactName, Note
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import Verdict

InstitutionCode = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z-]{0,49}$"),
    Field(description="A code of the register of institutions.", examples=["500104-cdc"]),
]


class RecoveryFields(WireModel):
    """That an infection is over 病愈认定, or that it is not after all, as disease control states it."""

    kind: RecoveryKind = RecoveryKind.RECOVERED
    recovered_at: WireInstant | None = None
    """Since when it is over: samples taken until then hold no plan; not for `revoked`."""
    reason: Note
    stated_by: ContactName
    """The officer of disease control who decided."""
    institution: InstitutionCode
    """Whose officer: an institution of disease control that answers for where the person lives."""
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt, unless it repeats what holds."""

    def statement(self, person_id: UUID, *, now: datetime, received_from: str) -> RecoveryStatement:
        """Return the statement as the rules see it."""
        return RecoveryStatement(
            person_id=person_id,
            kind=self.kind,
            recovered_at=self.recovered_at,
            reason=self.reason,
            stated_by=self.stated_by,
            recorded_at=self.recorded_at or now,
            received_from=received_from,
            institution=self.institution,
            is_dated=self.recorded_at is not None,
        )


class RecoveryReceipt(BaseModel):
    """What became of a statement, and how the person stands now."""

    recovery_id: UUID
    person_id: UUID
    verdict: Verdict
    cleared_until: AwareDatetime | None
    """Positives of samples taken until then hold no plan; null: every positive does."""
    on_hold: bool
    """Whether a positive result keeps the person's plan from going on."""

    @classmethod
    def of(cls, taken: RecoveryTaken) -> "RecoveryReceipt":
        """Return the wire's form of what became of a statement."""
        return cls(
            recovery_id=taken.recovery_id,
            person_id=taken.person_id,
            verdict=taken.verdict,
            cleared_until=taken.cleared_until,
            on_hold=taken.is_held,
        )


class RecoveryView(BaseModel):
    """One statement as it was kept."""

    recovery_id: UUID
    person_id: UUID
    """The record that it was stated of."""
    kind: RecoveryKind
    recovered_at: AwareDatetime | None
    reason: str
    stated_by: str
    recorded_at: AwareDatetime
    received_from: str
    """The key that it came with."""
    institution: str | None
    """Null for what was stated before it was asked for."""

    @classmethod
    def of(cls, said: RecoveryStatement) -> "RecoveryView":
        """Return the wire's form of a statement."""
        return cls(
            recovery_id=said.id,
            person_id=said.person_id,
            kind=said.kind,
            recovered_at=said.recovered_at,
            reason=said.reason,
            stated_by=said.stated_by,
            recorded_at=said.recorded_at,
            received_from=said.received_from,
            institution=said.institution,
        )


class Recoveries(BaseModel):
    """All that was stated of a person, in the order in which it was entered; the last one holds."""

    items: list[RecoveryView]
