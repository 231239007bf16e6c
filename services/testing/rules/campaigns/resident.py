"""An entry of the register of households: a person or a household, by building, without names."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.vocabulary import SubjectKind


@dataclass(frozen=True, slots=True)
class Resident:
    """One entry as a village states it."""

    division: str
    reference: str
    building: str
    household: str | None
    subject_kind: SubjectKind
    person_id: UUID | None
    people: int
    """Nobody for who has moved away or died; the entry stays."""
    recorded_at: datetime
    received_from: str

    @property
    def id(self) -> UUID:
        """Follows from the division and its mark; for a household it is the object of its samples."""
        return derived_id("resident", self.division, self.reference)

    def says_the_same(self, other: "Resident") -> bool:
        """Tell whether two statements agree in what they say, whoever made them and when."""
        return (self.building, self.household, self.subject_kind, self.person_id, self.people) == (
            other.building,
            other.household,
            other.subject_kind,
            other.person_id,
            other.people,
        )


def person_id_of(division: str, reference: str) -> UUID:
    """Return the id of a person whom registration does not know."""
    return derived_id("resident-person", division, reference)


def problems_of(
    resident: Resident, divisions: Container[str], recorded_at: datetime, now: datetime
) -> list[FieldProblem]:
    """Return why an entry cannot be kept, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    if resident.division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {resident.division!r}"))
    elif len(resident.division) != len("500104102001"):
        problems.append(FieldProblem("division", "must be a village or community; buildings stand in one"))
    if resident.subject_kind is SubjectKind.PERSON and resident.people > 1:
        problems.append(FieldProblem("people", "is 1 for a person, or 0 once they are gone"))
    return problems + problems_ahead({"recorded_at": recorded_at}, now)
