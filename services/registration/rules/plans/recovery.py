"""That an infection is over 病愈认定: disease control states it, and older positives hold no plan any more.

The notices know of no end of a positive but the withdrawal of the result. Who was infected long ago is not
kept for ever: an officer's statement, with institution, reason, name and time, lifts the hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts import derived_id
from shared.divisions import contains
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.institutions import Institution


class RecoveryKind(StrEnum):
    """What is stated 认定."""

    RECOVERED = "recovered"
    """The infection is over: released from hospital and observation, or found to be an old one."""
    REVOKED = "revoked"
    """It is not over after all, or the statement was a mistake."""


@dataclass(frozen=True, slots=True)
class RecoveryStatement:
    """One statement about a person's infection; times aware, in UTC."""

    person_id: UUID
    kind: RecoveryKind
    recovered_at: datetime | None
    """Since when the infection is over; none for a statement that revokes."""
    reason: str
    stated_by: str
    recorded_at: datetime
    received_from: str
    institution: str | None = None
    """The institution of disease control, by its code; None for what was stated before that was asked for."""
    is_dated: bool = True
    """Whether the sender says when it was entered; otherwise `recorded_at` is its receipt."""

    @property
    def id(self) -> UUID:
        """Follows from what is stated, by whom and when: once revoked, the same may be stated anew."""
        said = (self.person_id, self.kind, self.recovered_at, self.recorded_at, self.reason)
        return derived_id("person-recovery", *said, *([self.institution] if self.institution else []))


def problems_of(statement: RecoveryStatement, now: datetime) -> list[FieldProblem]:
    """Return why a statement cannot be stored, field by field; an empty list when it can."""
    is_recovery = statement.kind is RecoveryKind.RECOVERED
    if is_recovery and statement.recovered_at is None:
        return [FieldProblem("recovered_at", f"is needed for {statement.kind}")]
    if not is_recovery and statement.recovered_at is not None:
        return [FieldProblem("recovered_at", f"does not belong to {statement.kind}")]
    stated = {"recovered_at": statement.recovered_at or now, "recorded_at": statement.recorded_at}
    return problems_ahead(stated, now)


DISEASE_CONTROL = "disease-control"
"""The kind of institution whose word it is, in the register of institutions."""


def problems_with(institution: Institution, person_division: str) -> list[FieldProblem]:
    """Return why it is not this institution's word: disease control's alone is, in its own area."""
    if institution.kind != DISEASE_CONTROL:
        return [FieldProblem("institution", f"is no institution of disease control but a {institution.kind}")]
    if not contains(institution.division, person_division):
        return [FieldProblem("institution", "does not answer for where the person lives")]
    return []


def held_statement(statements: Sequence[RecoveryStatement]) -> RecoveryStatement | None:
    """Return the statement that holds: the one entered last; of one instant a revocation is the stricter."""
    return max(
        statements,
        key=lambda one: (one.recorded_at, one.kind is RecoveryKind.REVOKED, one.id),
        default=None,
    )


def cleared_until(statements: Sequence[RecoveryStatement]) -> datetime | None:
    """Return up to when positives hold nothing; None while no infection is stated to be over.

    The order, repetition and delay of statements make no difference.
    """
    held = held_statement(statements)
    return None if held is None else held.recovered_at


def repeats(statements: Sequence[RecoveryStatement], statement: RecoveryStatement) -> bool:
    """Tell whether an undated statement says nothing but what holds: sent twice, it is said once."""
    held = held_statement(statements)
    if statement.is_dated or held is None:
        return False
    return said_by(held) == said_by(statement)


def said_by(statement: RecoveryStatement) -> tuple[object, ...]:
    """Return what a statement says and whose word it is, apart from when it was entered."""
    return (
        statement.kind,
        statement.recovered_at,
        statement.reason,
        statement.stated_by,
        statement.institution,
    )
