"""Due tests and due lists on the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Struct
from pydantic import BaseModel, Field

from services.testing.rules.due.asking import Ordered, Source
from services.testing.storage.due_tests import DueLine, PointSum
from services.testing.wire.sampling_points import Day
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt
from shared.vocabulary import SubjectKind

KindName = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        max_length=64,
        description="A kind of the policy, as `/v1/test-kinds` lists them.",
        examples=["couriers"],
    ),
]


class DueTestView(BaseModel):
    """A test that is due 应检: of one subject, or a line of so many without names."""

    due_id: UUID
    point: str | None
    """The sampling point that the division goes to."""
    division: str
    source: Source
    category: str
    kind: str | None
    subject_kind: SubjectKind
    person_id: UUID | None
    code: str | None
    """The mark of an object."""
    place: str | None
    """The quarantine site, or the sentinel that saw the patient."""
    reference: str | None
    wanted: int
    done: int
    at_once: bool
    from_on: date
    due_on: date
    until_on: date | None
    """The last day on which a sample counts; null where a late one always does."""
    overdue: bool
    settled_at: WireInstant | None
    sample_id: UUID | None

    @classmethod
    def of(cls, line: DueLine, today: date) -> "DueTestView":
        """Return the wire's form of a line as it stands on a day."""
        return cls(**_facts(line, today))


class DueTestLine(Struct, frozen=True, gc=False):
    """The same as a line of a file: a list of all villages has a hundred thousand, so it is not validated."""

    due_id: UUID
    point: str | None
    division: str
    source: Source
    category: str
    kind: str | None
    subject_kind: SubjectKind
    person_id: UUID | None
    code: str | None
    place: str | None
    reference: str | None
    wanted: int
    done: int
    at_once: bool
    from_on: date
    due_on: date
    until_on: date | None
    overdue: bool
    settled_at: datetime | None
    sample_id: UUID | None

    @classmethod
    def of(cls, line: DueLine, today: date) -> "DueTestLine":
        """Return the file's form of a line as it stands on a day."""
        return cls(**_facts(line, today))


def _facts(line: DueLine, today: date) -> dict[str, Any]:
    is_person = line.subject_kind is SubjectKind.PERSON
    return {
        "due_id": line.id,
        "point": line.point,
        "division": line.division,
        "source": line.source,
        "category": line.category,
        "kind": line.kind,
        "subject_kind": line.subject_kind,
        "person_id": line.subject_id if is_person else None,
        "code": line.code,
        "place": line.place,
        "reference": line.reference,
        "wanted": line.wanted,
        "done": line.done,
        "at_once": line.at_once,
        "from_on": line.from_on,
        "due_on": line.due_on,
        "until_on": line.until_on,
        "overdue": line.due_on < today and line.settled_at is None,
        "settled_at": line.settled_at,
        "sample_id": line.sample_id,
    }


class CategorySum(BaseModel):
    """How much of a category is on a list."""

    category: str
    due: int
    done: int
    overdue: int


class PointList(BaseModel):
    """How long the list of a sampling point is; the point is null for divisions that none serves."""

    point: str | None
    due: int
    done: int
    overdue: int
    categories: list[CategorySum]


class DueSummary(BaseModel):
    """The lists of a day, one for each sampling point."""

    day: date
    points: list[PointList]

    @classmethod
    def of(cls, day: date, sums: Sequence[PointSum]) -> "DueSummary":
        """Return the wire's form of what was counted, in the order of points."""
        points: dict[str | None, list[PointSum]] = {}
        for one in sums:
            points.setdefault(one.point, []).append(one)
        return cls(
            day=day,
            points=[
                PointList(
                    point=point,
                    due=sum(one.due for one in listed),
                    done=sum(one.done for one in listed),
                    overdue=sum(one.overdue for one in listed),
                    categories=[
                        CategorySum(category=one.category, due=one.due, done=one.done, overdue=one.overdue)
                        for one in listed
                    ],
                )
                for point, listed in points.items()
            ],
        )


class OrderRow(WireModel):
    """A test that somebody orders by name: a contact of a case, at once, or anybody on a day."""

    person_id: UUID
    division: DivisionCode
    case_id: UUID | None = None
    """The case that the person is near; the test is then due at once."""
    category: KindName | None = None
    """Without it, where tests near cases count."""
    due_on: Day | None = None
    """Without it, today."""

    def ordered(self) -> Ordered:
        """Return the order as the rules see it."""
        return Ordered(self.person_id, self.division, self.case_id, self.category, self.due_on)


class OrderRowReceipt(RowReceipt):
    """What became of one order."""

    due_id: UUID | None = None


class DropBody(WireModel):
    """Why a test is not asked for any more."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class DropReceipt(BaseModel):
    """What was dropped."""

    due_id: UUID
    dropped_at: datetime
