"""The register of households on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.testing.rules.campaigns.resident import Resident, person_id_of
from services.testing.storage.residents import Entry
from services.testing.wire.marks import OwnMark
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.personal_numbers import NOBODYS_NUMBER
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt
from shared.vocabulary import SubjectKind

BuildingName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, strip_whitespace=True, pattern=r"^[^\x00-\x1f]+$"),
    NOBODYS_NUMBER,
]


class ResidentRow(WireModel):
    """A person or a household of the register 户籍台账, without names, by the village's own mark."""

    division: DivisionCode
    """The village or community."""
    reference: OwnMark
    building: BuildingName
    household: OwnMark | None = None
    """The household's mark, where a person is entered."""
    subject_kind: SubjectKind = SubjectKind.PERSON
    person_id: UUID | None = None
    """The person by the id that registration gives; without it one follows from division and reference."""
    people: Annotated[int, Field(ge=0, le=100)] = 1
    """How many a household has; 0 for who has gone."""
    recorded_at: WireInstant | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> "ResidentRow":
        if self.subject_kind not in (SubjectKind.PERSON, SubjectKind.HOUSEHOLD):
            raise PydanticCustomError("subject_kind", "the register holds persons and households")
        if self.subject_kind is SubjectKind.HOUSEHOLD and self.person_id is not None:
            raise PydanticCustomError("person_id", "a household has no person_id")
        return self

    def resident(self, *, now: datetime, received_from: str) -> Resident:
        """Return the entry as the rules see it."""
        person_id = self.person_id
        if self.subject_kind is SubjectKind.PERSON and person_id is None:
            person_id = person_id_of(self.division, self.reference)
        return Resident(
            division=self.division,
            reference=self.reference,
            building=self.building,
            household=self.household,
            subject_kind=self.subject_kind,
            person_id=person_id,
            people=self.people,
            recorded_at=self.recorded_at or now,
            received_from=received_from,
        )


class ResidentReceipt(RowReceipt):
    """What became of one entry; by which id its samples name it."""

    reference: str | None = None
    resident_id: UUID | None = None
    """What samples of a household name as `object_id`."""
    person_id: UUID | None = None
    """What samples of a person name as `person_id`."""


class ResidentView(BaseModel):
    """An entry of the register."""

    resident_id: UUID
    division: str
    reference: str
    building: str
    household: str | None
    subject_kind: SubjectKind
    person_id: UUID | None
    people: int

    @classmethod
    def of(cls, entry: Entry) -> "ResidentView":
        """Return the wire's form of an entry."""
        return cls.model_validate({name: getattr(entry, name) for name in cls.model_fields})
