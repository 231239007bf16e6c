"""Residents who leave, and what destinations ask, on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationInfo, field_validator

from services.registration.actions.movement.read_departures import ShownDeparture
from services.registration.rules.movement.departure import DepartureStated, Purpose
from services.registration.rules.people.person import PersonStated
from services.registration.rules.plans.risk_level import RiskLevel
from services.registration.storage.movement import Demand
from services.registration.wire.days import WireDay
from services.registration.wire.people import PersonRow
from services.registration.wire.references import Reference
from shared.areas import AreaCode, canonical_area
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import Verdict

NOBODY = UUID(int=0)
Hours = Annotated[int, Field(ge=1, le=720, description="How old a negative result may be, in hours.")]
Source = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class DepartureRow(WireModel):
    """What a sender knows of somebody who leaves 离渝报备; said again otherwise, the last word holds."""

    reference: Reference
    division: DivisionCode
    person: PersonRow | None = None
    person_id: UUID | None = Field(default=None, validate_default=True)
    """Who leaves, where they are on record."""
    destination: AreaCode
    leaving_on: WireDay
    purpose: Purpose
    negative_within_hours: Hours | None = None
    """What the resident was told that the destination asks; its own demand on record holds beside it."""
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    @field_validator("person_id")
    @classmethod
    def _says_once_who(cls, person_id: UUID | None, info: ValidationInfo) -> UUID | None:
        if "person" not in info.data:
            return person_id
        if (person_id is None) == (info.data["person"] is None):
            raise ValueError("either person or person_id is told")
        return person_id

    def stated(self, *, now: datetime, received_from: str) -> DepartureStated:
        """Return the row as the rules see it; a person who is told by name is nobody yet."""
        return DepartureStated(
            reference=self.reference,
            division=self.division,
            person_id=self.person_id or NOBODY,
            destination=canonical_area(self.destination),
            leaving_on=self.leaving_on,
            purpose=self.purpose,
            within_hours=self.negative_within_hours,
            recorded_at=self.recorded_at or now,
            is_dated=self.recorded_at is not None,
            received_from=received_from,
        )

    def leaver(self) -> PersonStated | None:
        """Return who leaves, where they are told by name."""
        return self.person and self.person.stated(self.division)


class HomecomingView(BaseModel):
    """The return after a departure 返渝."""

    return_id: UUID
    arrived_at: AwareDatetime
    names_destination: bool
    """Whether the route that was told names the destination; where not, somebody should ask."""


class DepartureView(BaseModel):
    """What holds of a departure."""

    departure_id: UUID
    reference: str
    division: str
    person_id: UUID
    state: Literal["planned", "withdrawn", "returned"]
    destination: str
    destination_level: RiskLevel
    """The risk of the destination today; leaving for medium or high risk is advised against (town §15)."""
    leaving_on: date
    purpose: Purpose
    negative_within_hours: int | None
    test_from: date | None
    test_due_on: date | None
    """The last day on which the test serves; null where none is asked."""
    withdrawn_at: AwareDatetime | None
    homecoming: HomecomingView | None

    @classmethod
    def of(cls, shown: ShownDeparture) -> "DepartureView":
        """Return the wire's form of a departure."""
        return cls.model_validate(_shown(shown))


def _shown(shown: ShownDeparture) -> dict[str, object]:
    held, home = shown.departure, shown.homecoming
    state = "withdrawn" if held.withdrawn_at else "planned" if home is None else "returned"
    return {
        "departure_id": held.id,
        "reference": held.reference,
        "division": held.division,
        "person_id": held.person_id,
        "state": state,
        "destination": held.destination,
        "destination_level": shown.destination_level,
        "leaving_on": held.leaving_on,
        "purpose": held.purpose,
        "negative_within_hours": held.within_hours,
        "test_from": held.test and held.test.from_on,
        "test_due_on": held.test and held.test.due_on,
        "withdrawn_at": held.withdrawn_at,
        "homecoming": home
        and {
            "return_id": home.return_id,
            "arrived_at": home.arrived_at,
            "names_destination": home.names_destination,
        },
    }


class DepartureReceipt(DepartureView):
    """What became of a statement, and what holds now."""

    verdict: Verdict

    @classmethod
    def after(cls, shown: ShownDeparture, verdict: Verdict) -> "DepartureReceipt":
        """Return the answer to a statement."""
        return cls.model_validate({**_shown(shown), "verdict": verdict})


class DemandFields(WireModel):
    """What a destination asks of whoever comes 目的地防控要求."""

    negative_within_hours: Hours | None
    """Null where no test is asked."""
    source: Source
    """Where it was made known 来源."""
    recorded_at: WireInstant | None = None


class DemandView(BaseModel):
    """What a destination asks, as it stands."""

    area: str
    negative_within_hours: int | None
    source: str
    recorded_at: AwareDatetime

    @classmethod
    def of(cls, demand: Demand) -> "DemandView":
        """Return the wire's form of a demand."""
        return cls(
            area=demand.area,
            negative_within_hours=demand.within_hours,
            source=demand.source,
            recorded_at=demand.recorded_at,
        )
