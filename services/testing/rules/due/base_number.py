"""Base numbers 底数: how many of a category a unit has, and who of them is known by name (town §9)."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.testing.rules.due.law import Countable
from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.vocabulary import SubjectKind


@dataclass(frozen=True, slots=True)
class BaseNumber:
    """How many of a kind a unit has."""

    kind: str
    division: str
    count: int

    @property
    def id(self) -> UUID:
        """Follows from the kind and the unit."""
        return derived_id("base-number", self.kind, self.division)


@dataclass(frozen=True, slots=True)
class Member:
    """One subject of a kind in a unit: a person by registration's id, an object by its code."""

    kind: str
    division: str
    person_id: UUID | None
    code: str | None
    unit: str | None = None
    """The code of the workplace or household."""
    until_on: date | None = None

    @property
    def subject_id(self) -> UUID:
        """The person, or what follows from the object's unit and code."""
        return self.person_id or id_of_object(self.division, self.code or "")


def id_of_object(division: str, code: str) -> UUID:
    """Return the id of an object that is tested: one code in one unit is one object."""
    return derived_id("test-object", division, code)


def problems_of_number(
    number: BaseNumber, kinds: Mapping[str, Countable], divisions: Container[str]
) -> list[FieldProblem]:
    """Return why a base number cannot be kept, field by field."""
    return _problems_of(number.kind, number.division, kinds, divisions)


def problems_of_member(
    member: Member, kinds: Mapping[str, Countable], divisions: Container[str]
) -> list[FieldProblem]:
    """Return why a member cannot be kept, field by field."""
    problems = _problems_of(member.kind, member.division, kinds, divisions)
    if (member.person_id is None) is (member.code is None):
        return [*problems, FieldProblem("person_id", "either person_id or code is needed, and not both")]
    kind = kinds.get(member.kind)
    if kind is not None and (kind.subject_kind is SubjectKind.PERSON) is (member.person_id is None):
        needed = "person_id" if kind.subject_kind is SubjectKind.PERSON else "code"
        problems.append(FieldProblem(needed, f"is needed: {kind.id} is of the kind {kind.subject_kind}"))
    return problems


def _problems_of(
    name: str, division: str, kinds: Mapping[str, Countable], divisions: Container[str]
) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    kind = kinds.get(name)
    if kind is None:
        problems.append(FieldProblem("kind", f"unknown kind {name!r}; /v1/test-kinds lists them"))
    elif kind.every_days is None:
        problems.append(FieldProblem("kind", "has no base number: something else asks for each test"))
    if division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {division!r}"))
    return problems
