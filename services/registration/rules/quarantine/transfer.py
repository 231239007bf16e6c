"""A transfer to central quarantine 集中隔离转运: decided for a person, done when the person is at the site.

Its time (渡建胜肺炎组发〔2021〕2号 §7) runs from the decision; the time since the person's return is shown
beside it. A vehicle is asked for, the person picked up and brought to a site, or the transfer is withdrawn:
told in any order, twice or late, of each moment the earliest telling holds, and of vehicle, crew and site the
one that was entered last.
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
from shared.instants import problems_ahead


class TransferState(StrEnum):
    """How a transfer stands 转运状态."""

    AWAITING = "awaiting"
    """Until the arrival, also when a vehicle is on its way."""
    ARRIVED = "arrived"
    WITHDRAWN = "withdrawn"
    """Not carried out any more; who arrives all the same has arrived."""


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
    requested_at: datetime | None = None
    vehicle: str | None = None
    crew: str | None = None
    picked_up_at: datetime | None = None
    site: str | None = None
    withdrawn_at: datetime | None = None
    reason_code: str | None = None

    @property
    def id(self) -> UUID:
        """The transfer's id: one reference of one division, for one person.

        The person is part of it, so that a mistaken person never ends another one's clock.
        """
        return derived_id("transfer", self.division, self.reference, self.person_id)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said, so that saying it again is known as a repetition."""
        said = (
            self.requested_at,
            self.vehicle,
            self.crew,
            self.picked_up_at,
            self.site,
            self.withdrawn_at,
            self.reason_code,
        )
        more = said if any(one is not None for one in said) else ()
        return derived_id("transfer-statement", self.id, self.decided_at, self.arrived_at, *more)


@dataclass(frozen=True, slots=True, order=True)
class Dispatch:
    """Which vehicle and crew were told; the one that was entered last holds."""

    recorded_at: datetime
    vehicle: str
    crew: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """Which site was told; the one that was entered last holds."""

    recorded_at: datetime
    site: str


@dataclass(frozen=True, slots=True, order=True)
class Withdrawal:
    """When, by whom and why a transfer was withdrawn; the earliest holds."""

    at: datetime
    recorded_at: datetime
    by: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """What holds of a transfer after all that was said."""

    id: UUID
    reference: str
    division: str
    person_id: UUID
    decided: Telling
    arrived: Telling | None
    requested: Telling | None = None
    dispatch: Dispatch | None = None
    picked_up: Telling | None = None
    destination: Destination | None = None
    withdrawn: Withdrawal | None = None

    @property
    def state(self) -> TransferState:
        """Arrived from the first arrival at the site on, for good."""
        if self.arrived is not None:
            return TransferState.ARRIVED
        return TransferState.AWAITING if self.withdrawn is None else TransferState.WITHDRAWN


def problems_of(statement: TransferStatement, now: datetime, divisions: Container[str]) -> list[FieldProblem]:
    """Return why a statement cannot be stored, field by field; an empty list when it can."""
    problems = order_problems(
        now,
        statement.recorded_at,
        ("decided_at", statement.decided_at),
        ("arrived_at", statement.arrived_at),
    )
    further = {"requested_at": statement.requested_at, "picked_up_at": statement.picked_up_at}
    further |= {"cancelled_at": statement.withdrawn_at}
    problems += problems_ahead({field: at for field, at in further.items() if at is not None}, now)
    if statement.division not in divisions:
        problems.insert(0, FieldProblem("division", f"unknown division {statement.division!r}"))
    return problems


def begin(statement: TransferStatement) -> Transfer:
    """Return what holds when nothing else was ever said."""
    recorded_at = statement.recorded_at
    return Transfer(
        id=statement.id,
        reference=statement.reference,
        division=statement.division,
        person_id=statement.person_id,
        decided=Telling(statement.decided_at, recorded_at),
        arrived=_told(statement.arrived_at, recorded_at),
        requested=_told(statement.requested_at, recorded_at),
        dispatch=Dispatch(recorded_at, statement.vehicle, statement.crew or "")
        if statement.vehicle
        else None,
        picked_up=_told(statement.picked_up_at, recorded_at),
        destination=Destination(recorded_at, statement.site) if statement.site else None,
        withdrawn=_withdrawal(statement),
    )


def _told(at: datetime | None, recorded_at: datetime) -> Telling | None:
    return None if at is None else Telling(at, recorded_at)


def _withdrawal(statement: TransferStatement) -> Withdrawal | None:
    if statement.withdrawn_at is None:
        return None
    reason = statement.reason_code or "unknown"
    return Withdrawal(statement.withdrawn_at, statement.recorded_at, statement.received_from, reason)


def merge(one: Transfer, other: Transfer) -> Transfer:
    """Return what holds of both; the order, repetition and delay of statements make no difference."""
    return Transfer(
        id=one.id,
        reference=one.reference,
        division=one.division,
        person_id=one.person_id,
        decided=min(one.decided, other.decided),
        arrived=earliest(one.arrived, other.arrived),
        requested=earliest(one.requested, other.requested),
        dispatch=max(filter(None, (one.dispatch, other.dispatch)), default=None),
        picked_up=earliest(one.picked_up, other.picked_up),
        destination=max(filter(None, (one.destination, other.destination)), default=None),
        withdrawn=min(filter(None, (one.withdrawn, other.withdrawn)), default=None),
    )


def returned_at(transfer: Transfer, arrivals: Mapping[UUID, tuple[str, datetime]]) -> datetime | None:
    """Return when the transfer's person came home, of `arrivals` by person with the division of each.

    None when that is not known, or is known of another division only: what a sender may not see is not shown.
    """
    division, arrived_at = arrivals.get(transfer.person_id, (None, None))
    return arrived_at if division is not None and contains(transfer.division, division) else None
