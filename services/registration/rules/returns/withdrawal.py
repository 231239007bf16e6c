"""A return that was none 返乡信息撤销: withdrawn by hand, for a reason; its clock ends, nothing rests on it.

What was said of it stays on record. Its references are free: what is said anew under them is another return,
and what had been said before says nothing again.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.returns.return_merge import Return, Withdrawn
from shared.contracts import derived_id
from shared.errors import Conflict, FieldProblem
from shared.instants import problems_ahead


class WithdrawalReason(StrEnum):
    """Why there was no such return 撤销原因."""

    DID_NOT_ARRIVE = "did-not-arrive"
    ANOTHER_PERSON = "another-person"
    """It was somebody else who came."""
    ENTERED_IN_ERROR = "entered-in-error"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That somebody withdraws a return, and why; times aware, in UTC."""

    reason: WithdrawalReason
    note: str | None
    occurred_at: datetime
    recorded_at: datetime
    received_from: str


def problems_of(withdrawal: Withdrawal, now: datetime) -> list[FieldProblem]:
    """Return why a withdrawal cannot be stored, field by field; an empty list when it can."""
    stated = {"occurred_at": withdrawal.occurred_at, "recorded_at": withdrawal.recorded_at}
    return problems_ahead(stated, now)


def withdraw(held: Return, withdrawal: Withdrawal) -> Return:
    """Return what holds of a return once it is withdrawn; one that was withdrawn by hand stays as it is.

    Raises Conflict for one that turned out to be another return, which stands.
    """
    if held.withdrawn is not None:
        return held
    if held.withdrawn_into is not None:
        raise Conflict(f"It is the return {held.withdrawn_into}, told again; withdraw that one.")
    return replace(held, withdrawn=Withdrawn(withdrawal.occurred_at, withdrawal.reason))


def again_id(return_id: UUID) -> UUID:
    """Return the id of the return that a withdrawn one's references name once something new is said."""
    return derived_id("return-again", return_id)
