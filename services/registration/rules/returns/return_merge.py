"""A return 返乡: everybody may tell of an arrival, the village registers it, and the earliest of each holds.

The time for the registration (渡建胜肺炎组发〔2021〕2号 §16) runs from the arrival that lies earliest,
whoever reported it.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from services.registration.rules.day_count import day_of
from services.registration.rules.people.person import PersonStated
from services.registration.rules.plans.facts import Proof
from services.registration.rules.returns.journey import UNTOLD, Journey, merge_journeys
from services.registration.rules.returns.journey_check import journey_problems, papers_problems
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
    WITHDRAWN = "withdrawn"
    """It turned out to be another return told again, or none at all."""


@dataclass(frozen=True, slots=True)
class Named:
    """A return with the division and reference that made it known, from which its id follows."""

    id: UUID
    division: str
    reference: str


@dataclass(frozen=True, slots=True)
class ReturnStatement:
    """What one sender says of a return; times aware, in UTC.

    `person` is who returned as the sender describes them, `person_id` who they are on record.
    """

    reference: str
    division: str
    source: ReturnSource
    arrived_at: datetime
    registered_at: datetime | None
    recorded_at: datetime
    received_from: str
    person: PersonStated | None = None
    person_id: UUID | None = None
    journey: Journey = UNTOLD
    papers: tuple[Proof, ...] = ()
    """The proofs of the journey in the order in which they were sent."""
    about: Named | None = None
    """The return that it is about, where the reference turned out to be another return's."""
    _known_by: UUID | None = field(default=None, init=False, repr=False, compare=False)
    """The statement's id once it was asked for: to write out a journey takes longer than all else of it."""

    @property
    def reference_id(self) -> UUID:
        """The id of a reference of a division, under which its return is first known."""
        return return_id(self.division, self.reference)

    @property
    def id(self) -> UUID:
        """The return's id: that of the reference which made it known first."""
        return self.reference_id if self.about is None else self.about.id

    @property
    def named(self) -> Named:
        """The return that it is about, by its name."""
        return self.about or Named(self.reference_id, self.division, self.reference)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said and by which source, so that saying it again is known as a repetition."""
        if self._known_by is None:
            object.__setattr__(self, "_known_by", derived_id("return-statement", *self._said()))
        assert self._known_by is not None
        return self._known_by

    def _said(self) -> tuple[object, ...]:
        said = (self.reference_id, self.source, self.arrived_at, self.registered_at)
        if self.person_id is None and not self.journey:
            return said
        return (*said, self.person_id, self.journey.said)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """That there was no such return: since when that is known, and why."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Return:
    """What holds of a return after all that was said."""

    id: UUID
    reference: str
    division: str
    arrived: Telling
    registered: Telling | None
    last_arrival_at: datetime
    """The latest arrival that anybody told of: what lies near it is the same return."""
    person_id: UUID | None = None
    journey: Journey = UNTOLD
    withdrawn_into: UUID | None = None
    """The return that it turned out to be."""
    withdrawn: Withdrawn | None = None
    """Set once somebody has withdrawn it by hand."""

    @property
    def state(self) -> ReturnState:
        """Registered from the first registration on, for good, unless it is another return or was none."""
        if self.is_withdrawn:
            return ReturnState.WITHDRAWN
        return ReturnState.UNREGISTERED if self.registered is None else ReturnState.REGISTERED

    @property
    def is_withdrawn(self) -> bool:
        """Whether nothing rests on it: it is another return told again, or was none."""
        return self.withdrawn_into is not None or self.withdrawn is not None


@lru_cache(maxsize=50_000)
def return_id(division: str, reference: str) -> UUID:
    """Return the id of the return that a division knows by a reference."""
    return derived_id("return", division, reference)


def problems_of(
    statement: ReturnStatement, now: datetime, divisions: Container[str], areas: Container[str] = ()
) -> list[FieldProblem]:
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
    if statement.journey:
        problems += journey_problems(statement.journey, statement.arrived_at, areas)
        problems += papers_problems(statement.papers, now)
    return problems


def birth_problems(arrived_at: datetime, birth_date: date | None) -> list[FieldProblem]:
    """Return that somebody arrived before they were born, where that is so."""
    if birth_date is None or day_of(arrived_at) >= birth_date:
        return []
    return [FieldProblem("arrived_at", "lies before the person's birth")]


def begin(statement: ReturnStatement) -> Return:
    """Return what holds when nothing else was ever said."""
    registered_at, named = statement.registered_at, statement.named
    return Return(
        id=named.id,
        reference=named.reference,
        division=named.division,
        arrived=Telling(statement.arrived_at, statement.recorded_at, statement.source),
        registered=None
        if registered_at is None
        else Telling(registered_at, statement.recorded_at, statement.source),
        last_arrival_at=statement.arrived_at,
        person_id=statement.person_id,
        journey=statement.journey,
    )


def merge(one: Return, other: Return) -> Return:
    """Return what holds of both, under the name of the first.

    The order, repetition and delay of statements make no difference.
    """
    return Return(
        id=one.id,
        reference=one.reference,
        division=one.division,
        arrived=min(one.arrived, other.arrived),
        registered=earliest(one.registered, other.registered),
        last_arrival_at=max(one.last_arrival_at, other.last_arrival_at),
        person_id=one.person_id or other.person_id,
        journey=merge_journeys(one.journey, other.journey),
        withdrawn_into=one.withdrawn_into,
        withdrawn=one.withdrawn,
    )
