"""Base numbers and members of categories on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.testing.rules.due.base_number import BaseNumber, Member
from services.testing.rules.due.law import Countable, DueLaw
from services.testing.storage.base_numbers import StoredNumber
from services.testing.wire.due_tests import KindName
from services.testing.wire.marks import OwnMark
from services.testing.wire.sampling_points import Day
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.policy.values import Text
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt
from shared.vocabulary import SubjectKind

ObjectCode = Annotated[
    OwnMark,
    Field(
        description="A mark of the sender's own; never a name or anybody's number.",
        examples=["market-3"],
    ),
]


class BaseNumberRow(WireModel):
    """How many of a kind a unit has 底数."""

    kind: KindName
    division: DivisionCode
    count: Annotated[int, Field(ge=0, le=10_000_000)]

    def number(self) -> BaseNumber:
        """Return the row as the rules see it."""
        return BaseNumber(self.kind, self.division, self.count)


class MemberRow(WireModel):
    """Somebody or something of a kind in a unit, by name: a person's id or an object's code."""

    kind: KindName
    division: DivisionCode
    person_id: UUID | None = None
    code: ObjectCode | None = None
    unit: ObjectCode | None = None
    """The workplace or household: the others of it are concerned by a case in it."""
    until_on: Day | None = None
    """The last day, for who has left."""

    def member(self) -> Member:
        """Return the row as the rules see it."""
        return Member(self.kind, self.division, self.person_id, self.code, self.unit, self.until_on)


class KindRowReceipt(RowReceipt):
    """What became of one row."""

    kind: str | None = None
    division: str | None = None


class BaseNumberView(BaseModel):
    """A base number as it is on record."""

    kind: str
    division: str
    count: int
    members: int
    """How many are known by name."""
    stated_at: WireInstant | None
    """Null while only members are known and nobody has stated a number."""

    @classmethod
    def of(cls, stored: StoredNumber) -> "BaseNumberView":
        """Return the wire's form of a stored number."""
        return cls(
            kind=stored.kind,
            division=stored.division,
            count=stored.count,
            members=stored.members,
            stated_at=stored.stated_at,
        )


class UnstatedVillages(BaseModel):
    """Villages that have not stated their base number of a kind."""

    kind: str
    count: int
    divisions: list[str]


class TestKindView(BaseModel):
    """What base numbers are stated of and samples are counted in."""

    kind: str
    category: str
    subject_kind: SubjectKind
    title: Text
    category_title: Text
    every_days: int | None
    """How often; null where something else asks for each test."""
    first_on: date | None
    """The first day of the period that runs."""
    last_on: date | None
    clauses: list[str]
    decided: Text | None

    @classmethod
    def of(cls, kind: Countable, law: DueLaw, today: date, clauses: list[str]) -> "TestKindView":
        """Return the wire's form of a kind as it stands on a day."""
        category, period = law.categories[kind.category], law.period_of(kind, today)
        return cls(
            kind=kind.id,
            category=kind.category,
            subject_kind=kind.subject_kind,
            title=kind.title,
            category_title=category.title,
            every_days=kind.every_days,
            first_on=period and period.first_on,
            last_on=period and period.last_on,
            clauses=clauses,
            decided=category.decided,
        )


class TestKinds(BaseModel):
    """All kinds of the policy, in its order."""

    items: list[TestKindView]
