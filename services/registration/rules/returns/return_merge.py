"""A return 返乡: everybody may tell of an arrival, the village registers it, and the earliest of each holds.

The time for the registration (渡建胜肺炎组发〔2021〕2号 §16) runs from the arrival that lies earliest,
whoever reported it.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.telling import Telling, earliest, order_problems
from shared.contracts import derived_id
from shared.errors import FieldProblem


class ReturnSource(StrEnum):
    """Who told of a return 信息来源."""

    RAILWAY_LIST = "railway-list"
    FLIGHT_LIST = "flight-list"
    COACH_LIST = "coach-list"
    ROAD_CHECKPOINT = "road-checkpoint"
    NEIGHBOUR = "neighbour"
    SELF = "self"
    FAMILY = "family"
    EMPLOYER = "employer"
    VILLAGE = "village"
    COMMUNITY = "community"
    GRID_WORKER = "grid-worker"
    ASSISTANCE_NOTICE = "assistance-notice"
    OTHER = "other"


class ReturnState(StrEnum):
    """Whether a returned person has been registered 登记状态."""

    UNREGISTERED = "unregistered"
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True)
class ReturnStatement:
    """What one sender says of a return; times aware, in UTC."""

    reference: str
    division: str
    source: ReturnSource
    arrived_at: datetime
    registered_at: datetime | None
    recorded_at: datetime
    received_from: str

    @property
    def id(self) -> UUID:
        """The return's id: one reference of one division is one return."""
        return return_id(self.division, self.reference)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said and by which source, so that saying it again is known as a repetition."""
        return derived_id("return-statement", self.id, self.source, self.arrived_at, self.registered_at)


@dataclass(frozen=True, slots=True)
class Return:
    """What holds of a return after all that was said."""

    id: UUID
    reference: str
    division: str
    arrived: Telling
    registered: Telling | None

    @property
    def state(self) -> ReturnState:
        """Registered from the first registration on, for good."""
        return ReturnState.UNREGISTERED if self.registered is None else ReturnState.REGISTERED


def return_id(division: str, reference: str) -> UUID:
    """Return the id of the return that a division knows by a reference."""
    return derived_id("return", division, reference)


def problems_of(statement: ReturnStatement, now: datetime, divisions: Container[str]) -> list[FieldProblem]:
    """Return why a statement cannot be stored, field by field; an empty list when it can.

    An announced arrival is refused like every time in the future: it is no return yet.
    """
    problems = order_problems(
        now,
        statement.recorded_at,
        ("arrived_at", statement.arrived_at),
        ("registered_at", statement.registered_at),
    )
    if statement.division not in divisions:
        problems.insert(0, FieldProblem("division", f"unknown division {statement.division!r}"))
    return problems


def begin(statement: ReturnStatement) -> Return:
    """Return what holds when nothing else was ever said."""
    registered_at = statement.registered_at
    return Return(
        id=statement.id,
        reference=statement.reference,
        division=statement.division,
        arrived=Telling(statement.arrived_at, statement.recorded_at, statement.source),
        registered=None
        if registered_at is None
        else Telling(registered_at, statement.recorded_at, statement.source),
    )


def merge(one: Return, other: Return) -> Return:
    """Return what holds of both; the order, repetition and delay of statements make no difference."""
    return Return(
        id=one.id,
        reference=one.reference,
        division=one.division,
        arrived=min(one.arrived, other.arrived),
        registered=earliest(one.registered, other.registered),
    )
