"""The people of a key place on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationInfo, field_validator

from services.registration.actions.care.list_people_of_place import PlacePersonSent
from services.registration.rules.care.place_person import PlacePerson, PlaceRole
from services.registration.rules.day_count import day_of
from services.registration.storage.place_people import ListedPerson
from services.registration.wire.days import WireDay
from services.registration.wire.people import PersonRow
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt

NOBODY = UUID(int=0)


class PlacePersonRow(WireModel):
    """Somebody of a key place 重点场所人员: by their id, or with what is known of them."""

    person_id: UUID | None = None
    person: Annotated[PersonRow | None, Field(validate_default=True)] = None
    role: PlaceRole
    since: WireDay | None = None
    """The first day there; without it, today."""
    left_on: WireDay | None = None
    """The first day on which they are not there any more 离开日期."""
    recorded_at: WireInstant | None = None
    """When it was entered in the sender's system; without it, its receipt here."""

    @field_validator("person")
    @classmethod
    def _says_who(cls, person: PersonRow | None, info: ValidationInfo) -> PersonRow | None:
        if (person is None) == (info.data.get("person_id") is None):
            raise ValueError("is needed, or else person_id, and not both")
        return person

    def sent(self, now: datetime) -> PlacePersonSent:
        """Return the row as the action takes it; the place says in which division a new person is."""
        listed = PlacePerson(
            self.person_id or NOBODY,
            self.role,
            self.since or min(day_of(now), self.left_on or day_of(now)),
            self.left_on,
            self.recorded_at or now,
        )
        return PlacePersonSent(listed, self.person and self.person.stated(""))


class PlacePersonReceipt(RowReceipt):
    """What became of one row."""

    person_id: UUID | None = None


class PlacePersonView(BaseModel):
    """Somebody on the list of a place, and whether they reported today."""

    person_id: UUID
    role: PlaceRole
    since: date
    left_on: date | None
    owes_report: bool
    """Whether a report of the day is owed."""
    reported_at: AwareDatetime | None
    """The earliest measurement of the day that was reported."""

    @classmethod
    def of(cls, one: ListedPerson) -> "PlacePersonView":
        """Return the wire's form of somebody on a list."""
        return cls(
            person_id=one.person.person_id,
            role=one.person.role,
            since=one.person.since,
            left_on=one.person.left_on,
            owes_report=one.owes,
            reported_at=one.reported_at,
        )
