"""The ledger before return 返乡预登记: who is expected, from where, with what, in which state of health.

Intended returnees are entered with place of departure, places passed, means of transport, health condition
and a named contact, by the village, the community or themselves (渡建胜肺炎组发〔2021〕2号 §16,
渝肺炎组发〔2021〕1号 §12). What was entered last holds, for plans change; whoever comes is matched to their
return.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.people.person import Contact
from services.registration.rules.returns.journey import Transport
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead


class PreregistrationSource(StrEnum):
    """Who announced a return 登记途径."""

    VILLAGE = "village"
    """村登记"""
    COMMUNITY = "community"
    """社区上报"""
    SELF = "self"
    """自行申报"""


class HealthCondition(StrEnum):
    """The state of health before the return 健康状况."""

    WELL = "well"
    """良好"""
    SYMPTOMS = "symptoms"
    """有发热等症状"""
    UNDER_TREATMENT = "under-treatment"
    """就医治疗中"""
    RECOVERED = "recovered"
    """新冠肺炎治愈"""


class PreregistrationState(StrEnum):
    """Where an announced return stands 状态."""

    EXPECTED = "expected"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"
    OVERDUE = "overdue"
    """Expected, and the intended day has passed."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What one statement says of an intended return; days in Asia/Shanghai."""

    source: PreregistrationSource
    origin: str
    places: tuple[str, ...]
    transport: Transport
    intended_on: date
    health: HealthCondition
    contact: Contact
    cancelled: bool
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PreregistrationStatement:
    """What one sender says of one person's intended return.

    `contact_mark` stands for the contact in the statement's id; it is a keyed hash and tells nothing.
    """

    reference: str
    division: str
    person_id: UUID
    announced: Announced
    contact_mark: str
    received_from: str

    @property
    def id(self) -> UUID:
        """One reference of one division is one intended return of one person."""
        return derived_id("preregistration", self.division, self.reference, self.person_id)

    @property
    def statement_id(self) -> UUID:
        """Follows from what is said, so that saying it again is known as a repetition."""
        said = self.announced
        return derived_id(
            "preregistration-statement",
            self.id,
            said.source,
            said.origin,
            "/".join(said.places),
            said.transport.kind,
            said.transport.number,
            said.transport.seat,
            said.intended_on,
            said.health,
            said.cancelled,
            self.contact_mark,
        )


@dataclass(frozen=True, slots=True)
class Preregistration:
    """What holds of an intended return after all that was said."""

    id: UUID
    reference: str
    division: str
    person_id: UUID
    statement_id: UUID
    announced: Announced
    return_id: UUID | None = None

    def state(self, today: date) -> PreregistrationState:
        """Return where it stands on a day; who came has arrived, whatever was said since."""
        if self.return_id is not None:
            return PreregistrationState.ARRIVED
        if self.announced.cancelled:
            return PreregistrationState.CANCELLED
        overdue = self.announced.intended_on < today
        return PreregistrationState.OVERDUE if overdue else PreregistrationState.EXPECTED


def begin(statement: PreregistrationStatement) -> Preregistration:
    """Return what holds when nothing else was ever said."""
    return Preregistration(
        id=statement.id,
        reference=statement.reference,
        division=statement.division,
        person_id=statement.person_id,
        statement_id=statement.statement_id,
        announced=statement.announced,
    )


def merge(one: Preregistration, other: Preregistration) -> Preregistration:
    """Return what holds of both: what was entered last; order and repetition of statements do not matter.

    Of the same thing said twice, the entry known first stays.
    """
    if other.statement_id == one.statement_id:
        return one
    return other if _entered(other) > _entered(one) else one


def _entered(held: Preregistration) -> tuple[datetime, UUID]:
    return held.announced.recorded_at, held.statement_id


def announced_problems(announced: Announced, now: datetime, areas: Container[str]) -> list[FieldProblem]:
    """Return why an intended return cannot be stored, by field; `areas` are those known."""
    problems = problems_ahead({"recorded_at": announced.recorded_at}, now)
    if announced.origin not in areas:
        problems.append(FieldProblem("origin", f"unknown area {announced.origin!r}"))
    problems += [
        FieldProblem(f"places.{position}", f"unknown area {place!r}")
        for position, place in enumerate(announced.places)
        if place not in areas
    ]
    if announced.contact.telephone is None:
        problems.append(FieldProblem("person.contact.telephone", "is required of who is announced"))
    return problems


def is_fulfilled_by(intended_on: date, recorded_on: date, arrived_on: date) -> bool:
    """Tell whether an arrival is the one that was announced, or an earlier journey.

    Somebody may come before the intended day, and a ledger may be entered after they came; what lies before
    both the entry and the intended day is another return.
    """
    return arrived_on >= min(intended_on, recorded_on)
