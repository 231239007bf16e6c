"""Five for one on the wire: who answers for a person, and for whom somebody answers."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.registration.actions.care.read_five import PersonsFive
from services.registration.actions.care.reassign_charge import ChargeOrder
from services.registration.rules.care.grid import GridPlace
from services.registration.rules.care.grid_document import PartName, StaffKey
from services.registration.storage.charges import (
    ChargeChange,
    ChargeChangeKind,
    ListedCharge,
    PersonUnderCare,
    StoredCharge,
)
from shared.policy.values import Identifier
from shared.strict_json import WireModel


class ChargeRow(WireModel):
    """Who shall answer for a person in a role 调整责任人."""

    role: Identifier = Field(examples=["grid-worker"])
    responsible: StaffKey

    def order(self) -> ChargeOrder:
        """Return the row as the action sees it."""
        return ChargeOrder(self.role, self.responsible)


class GridPlaceRow(WireModel):
    """Where in their village somebody lives 所在片区楼栋; what is left out is not known."""

    block: PartName | None = None
    building: PartName | None = None

    def place(self) -> GridPlace:
        """Return the row as the rules see it; the division is the person's own."""
        return GridPlace("", self.block, self.building)


class ChargeView(BaseModel):
    """Somebody who answers, or answered, for a person."""

    charge_id: UUID
    role: str
    responsible: str
    assigned_at: AwareDatetime
    ended_at: AwareDatetime | None
    ended_for: str | None

    @classmethod
    def of(cls, stored: StoredCharge) -> "ChargeView":
        """Return the wire's form of a charge."""
        return cls(
            charge_id=stored.id,
            role=stored.charge.role,
            responsible=stored.key,
            assigned_at=stored.assigned_at,
            ended_at=stored.ended_at,
            ended_for=stored.ended_for,
        )


class FiveView(BaseModel):
    """Who answers for a person now, who is missing, and who answered before."""

    person_id: UUID
    division: str
    block: str | None
    building: str | None
    under_care: bool
    held_by: list[ChargeView]
    missing: list[str]
    former: list[ChargeView]

    @classmethod
    def of(cls, five: PersonsFive) -> "FiveView":
        """Return the wire's form of a person's five."""
        person = five.person
        return cls(
            person_id=person.id,
            division=person.division,
            block=person.place.block,
            building=person.place.building,
            under_care=person.missing is not None,
            held_by=[ChargeView.of(one) for one in five.held],
            missing=list(person.missing or ()),
            former=[ChargeView.of(one) for one in five.former],
        )


class GridPlaceView(BaseModel):
    """Where somebody lives."""

    person_id: UUID
    division: str
    block: str | None
    building: str | None

    @classmethod
    def of(cls, person: PersonUnderCare) -> "GridPlaceView":
        """Return the wire's form of where somebody lives."""
        place = person.place
        return cls(person_id=person.id, division=place.division, block=place.block, building=place.building)


class MissingView(BaseModel):
    """Somebody under care for whom not all five answer."""

    person_id: UUID
    division: str
    missing: list[str]
    since: AwareDatetime | None
    """Since when the person is under care."""

    @classmethod
    def of(cls, person: PersonUnderCare) -> "MissingView":
        """Return the wire's form of somebody who lacks somebody."""
        return cls(
            person_id=person.id,
            division=person.division,
            missing=list(person.missing or ()),
            since=person.since,
        )


class OwnChargeView(BaseModel):
    """Somebody for whom a responsible person answers."""

    charge_id: UUID
    person_id: UUID
    role: str
    division: str
    assigned_at: AwareDatetime

    @classmethod
    def of(cls, listed: ListedCharge) -> "OwnChargeView":
        """Return the wire's form of a charge in the list of whoever answers."""
        return cls(
            charge_id=listed.id,
            person_id=listed.person_id,
            role=listed.role,
            division=listed.division,
            assigned_at=listed.assigned_at,
        )


class ChargeChangeView(BaseModel):
    """That somebody answers for a person from now on, or does no more."""

    charge_id: UUID
    person_id: UUID
    role: str
    division: str
    change: ChargeChangeKind
    changed_at: AwareDatetime
    ended_for: str | None
    """Why it ended."""

    @classmethod
    def of(cls, told: ChargeChange) -> "ChargeChangeView":
        """Return the wire's form of a change."""
        return cls(
            charge_id=told.id,
            person_id=told.person_id,
            role=told.role,
            division=told.division,
            change=told.kind,
            changed_at=told.changed_at,
            ended_for=told.ended_for,
        )
