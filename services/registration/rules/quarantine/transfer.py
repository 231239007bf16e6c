"""A transfer to central quarantine 集中隔离转运: decided for a person, done when the person is at the site.

Its time (渡建胜肺炎组发〔2021〕2号 §7) runs from the decision; the time since the person's return is shown
beside it.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.telling import Telling, earliest, order_problems
from shared.contracts import derived_id
from shared.divisions import contains
from shared.errors import FieldProblem


class TransferState(StrEnum):
    """How a transfer stands 转运状态."""

    AWAITING = "awaiting"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class TransferStatement:
    """What one sender says of a transfer; times aware, in UTC."""

    reference: str
    division: str
    person_id: UUID
    decided_at: datetime
    arrived_at: datetime | None
    recorded_at: datetime
    received_from: str

    @property
    def id(self) -> UUID:
        """The transfer's id: one reference of one division, for one person.

        The person is part of it, so that a mistaken person never ends another one's clock.
        """
        return derived_id("transfer", self.division, self.reference, self.person_id)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said, so that saying it again is known as a repetition."""
        return derived_id("transfer-statement", self.id, self.decided_at, self.arrived_at)


@dataclass(frozen=True, slots=True)
class Transfer:
    """What holds of a transfer after all that was said."""

    id: UUID
    reference: str
    division: str
    person_id: UUID
    decided: Telling
    arrived: Telling | None

    @property
    def state(self) -> TransferState:
        """Arrived from the first arrival at the site on, for good."""
        return TransferState.AWAITING if self.arrived is None else TransferState.ARRIVED


def problems_of(statement: TransferStatement, now: datetime, divisions: Container[str]) -> list[FieldProblem]:
    """Return why a statement cannot be stored, field by field; an empty list when it can."""
    problems = order_problems(
        now,
        statement.recorded_at,
        ("decided_at", statement.decided_at),
        ("arrived_at", statement.arrived_at),
    )
    if statement.division not in divisions:
        problems.insert(0, FieldProblem("division", f"unknown division {statement.division!r}"))
    return problems


def begin(statement: TransferStatement) -> Transfer:
    """Return what holds when nothing else was ever said."""
    arrived_at = statement.arrived_at
    return Transfer(
        id=statement.id,
        reference=statement.reference,
        division=statement.division,
        person_id=statement.person_id,
        decided=Telling(statement.decided_at, statement.recorded_at),
        arrived=None if arrived_at is None else Telling(arrived_at, statement.recorded_at),
    )


def merge(one: Transfer, other: Transfer) -> Transfer:
    """Return what holds of both; the order, repetition and delay of statements make no difference."""
    return Transfer(
        id=one.id,
        reference=one.reference,
        division=one.division,
        person_id=one.person_id,
        decided=min(one.decided, other.decided),
        arrived=earliest(one.arrived, other.arrived),
    )


def returned_at(transfer: Transfer, arrivals: Mapping[UUID, tuple[str, datetime]]) -> datetime | None:
    """Return when the transfer's person came home, of `arrivals` by person with the division of each.

    None when that is not known, or is known of another division only: what a sender may not see is not shown.
    """
    division, arrived_at = arrivals.get(transfer.person_id, (None, None))
    return arrived_at if division is not None and contains(transfer.division, division) else None
