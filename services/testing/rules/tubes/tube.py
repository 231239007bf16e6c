"""A tube and who is in it, as a sampling point tells of them, and what makes a telling unfit to be stored."""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.testing.rules.due.base_number import id_of_object
from services.testing.rules.due.settlement import Taken
from services.testing.rules.results.result import Registers
from shared.contracts import derived_id, deriving
from shared.errors import FieldProblem
from shared.instants import FUTURE_TOLERANCE, problems_ahead
from shared.verdicts import OUTSIDE
from shared.vocabulary import SubjectKind

SIZES = (1, 5, 10, 20)
"""How many samples a tube may take: single, or pooled 混采."""

_REST_BITS = 80
_REST = (1 << _REST_BITS) - 1

OPEN_AT_MOST = timedelta(hours=24)
"""How long after its opening samples may go into a tube; ours, the notices say nothing of it."""

CONTRADICTS = "contradicts what is on record of this tube"
CODE_TAKEN = "stands for another tube that has no result yet, or had none when this one was opened"
IN_ANOTHER_TUBE = (
    "is in another open tube; if they were sampled twice on purpose 双采, say so with `sampled_twice`"
)


@dataclass(frozen=True, slots=True)
class TubeHead:
    """What is said of a tube as a whole; said once, it never changes."""

    tube_id: UUID
    code: str
    division: str
    point: str | None
    size: int
    campaign_id: UUID | None
    laboratory: str | None
    """The institution that is to test it, if that is planned."""
    opened_at: datetime

    @property
    def is_pool(self) -> bool:
        """Whether several people's samples go into it; then its result is none of theirs."""
        return self.size > 1


def tube_id_of(point: str | None, code: str, opened_at: datetime) -> UUID:
    """Return the id of a tube whose sampler gave none: one code of one sampling point, opened then.

    It begins with the time, so that tubes that are stored together lie together in an index.
    """
    milliseconds = max(int(opened_at.timestamp() * 1000), 0)
    return _beginning_with(milliseconds, derived_id("tube", point or "", code, opened_at.isoformat()))


def sample_ids_of(tube_id: UUID, members: Iterable["Member"]) -> tuple[UUID, ...]:
    """Return the ids of samples: one subject is in a tube once, whoever tells of it and how often.

    They begin as the tube's, so that the samples of a tube lie together in an index.
    """
    derive, start = deriving("tube-sample", tube_id), tube_id.int >> _REST_BITS
    return tuple(_beginning_with(start, derive(f"{one.subject_kind}\x1f{one.subject}")) for one in members)


def _beginning_with(start: int, id_: UUID) -> UUID:
    return UUID(int=start << _REST_BITS | id_.int & _REST)


@dataclass(frozen=True, slots=True)
class Member:
    """One sample in a tube; plan, case, campaign, due test and retest are optional links."""

    subject_kind: SubjectKind
    division: str
    sampled_at: datetime
    person_id: UUID | None = None
    object_id: str | None = None
    category: str | None = None
    plan_id: UUID | None = None
    case_id: UUID | None = None
    due_id: UUID | None = None
    campaign_id: UUID | None = None
    retest_of: UUID | None = None
    reported_at: datetime | None = None
    position: int | None = None
    sampled_twice: bool = False
    """Said of somebody who is in another open tube on purpose; no part of the sample."""

    @property
    def subject(self) -> str:
        """Whose it is, within its tube."""
        return str(self.person_id or self.object_id or f"position {self.position}")

    def taken(self, sample_id: UUID, point: str | None, *, revision: int = 1, stands: bool = True) -> Taken:
        """Return the sample as the tests that are due see it; one that must be taken again does not stand."""
        return Taken(
            sample_id=sample_id,
            sampled_at=self.sampled_at,
            division=self.division,
            subject_id=self.person_id or _object_id(self.object_id, self.division),
            category=self.category,
            place=point,
            due_id=self.due_id,
            revision=revision,
            stands=stands,
        )

    def says_the_same(self, other: "Member") -> bool:
        """Tell whether two tellings of one sample agree."""
        if self.sampled_twice == other.sampled_twice:
            return self == other
        return replace(self, sampled_twice=False) == replace(other, sampled_twice=False)


def _object_id(object_id: str | None, division: str) -> UUID | None:
    """An object is known by an id of this service, or by its unit's code, as members of categories are."""
    if object_id is None:
        return None
    try:
        return UUID(object_id)
    except ValueError:
        return id_of_object(division, object_id)


@dataclass(frozen=True, slots=True)
class TubeTold:
    """One telling of a tube: all of it, or some more of its members."""

    head: TubeHead
    members: tuple[Member, ...]
    recorded_at: datetime
    received_from: str
    sample_ids: tuple[UUID, ...] = field(init=False, compare=False)
    """The samples' ids, in the order of the members."""

    def __post_init__(self) -> None:
        """Work the ids out once: each is asked for several times."""
        object.__setattr__(self, "sample_ids", sample_ids_of(self.head.tube_id, self.members))

    @property
    def samples(self) -> Iterator[tuple[UUID, Member]]:
        """The samples with their ids."""
        return zip(self.sample_ids, self.members, strict=True)


def problems_of(
    told: TubeTold, registers: Registers, reaches: Callable[[str], bool], now: datetime
) -> list[FieldProblem]:
    """Return why a telling cannot be stored, field by field; an empty list when it can."""
    head = told.head
    problems: list[FieldProblem] = []
    if head.division not in registers.divisions:
        problems.append(FieldProblem("division", f"unknown division {head.division!r}"))
    elif not reaches(head.division):
        problems.append(OUTSIDE)
    if head.laboratory is not None and head.laboratory not in registers.institutions:
        problems.append(FieldProblem("laboratory", f"unknown institution {head.laboratory!r}"))
    problems += problems_ahead({"opened_at": head.opened_at, "recorded_at": told.recorded_at}, now)
    for place, member in enumerate(told.members):
        found = _problems_of_member(member, head, registers, reaches, now)
        problems += [FieldProblem(f"members.{place}.{one.field}", one.reason) for one in found]
    return problems + _problems_together(told)


def without_tests(told: TubeTold, foreign: Container[UUID]) -> TubeTold:
    """Return a telling whose members are marked for none of the due tests that its sender does not reach."""
    if not any(member.due_id in foreign for member in told.members if member.due_id is not None):
        return told
    members = (
        replace(one, due_id=None) if one.due_id is not None and one.due_id in foreign else one
        for one in told.members
    )
    return replace(told, members=tuple(members))


def problems_of_marks(told: TubeTold, foreign: Container[UUID]) -> tuple[FieldProblem, ...]:
    """Return which marks of a telling are left out for that reason; its samples are stored all the same."""
    return tuple(
        FieldProblem(f"members.{place}.due_id", "is a test outside the subtree of this key; left out")
        for place, member in enumerate(told.members)
        if member.due_id is not None and member.due_id in foreign
    )


def _problems_of_member(
    member: Member, head: TubeHead, registers: Registers, reaches: Callable[[str], bool], now: datetime
) -> list[FieldProblem]:
    instants = {"sampled_at": member.sampled_at}
    if member.reported_at is not None:
        instants["reported_at"] = member.reported_at
    problems = [*_problems_of_subject(member), *problems_ahead(instants, now)]
    if not -FUTURE_TOLERANCE <= member.sampled_at - head.opened_at <= OPEN_AT_MOST:
        problems.append(FieldProblem("sampled_at", "does not lie within 24 hours after the tube's opening"))
    if member.retest_of is not None and head.is_pool:
        problems.append(FieldProblem("retest_of", "a retest is taken singly, in a tube of size 1"))
    if member.position is not None and member.position > head.size:
        # Kept, it would make a pool of which too little is known look like one person's tube.
        problems.append(FieldProblem("position", f"is {member.position}; the tube takes {head.size}"))
    if member.division not in registers.divisions:
        problems.append(FieldProblem("division", f"unknown division {member.division!r}"))
    elif not reaches(member.division):
        problems.append(OUTSIDE)
    return problems


def _problems_of_subject(member: Member) -> list[FieldProblem]:
    is_person = member.subject_kind is SubjectKind.PERSON
    if member.person_id is not None and not is_person:
        return [FieldProblem("person_id", f"a sample of the kind {member.subject_kind} is of no person")]
    if member.object_id is not None and is_person:
        return [FieldProblem("object_id", "a person's sample is of no object")]
    if member.person_id is None and member.object_id is None and member.position is None:
        return [FieldProblem("position", "is required where no person and no object is named")]
    return []


def _problems_together(told: TubeTold) -> list[FieldProblem]:
    seen: dict[UUID, Member] = {}
    problems: list[FieldProblem] = []
    for place, (sample_id, member) in enumerate(told.samples):
        known = seen.setdefault(sample_id, member)
        if not known.says_the_same(member):
            problems.append(FieldProblem(f"members.{place}", "contradicts another member of this tube"))
    if len(seen) > told.head.size:
        problems.append(FieldProblem("members", f"are {len(seen)}; the tube takes {told.head.size}"))
    return problems


def problems_beside_known(told: TubeTold, known: TubeHead, members: dict[UUID, Member]) -> list[FieldProblem]:
    """Return how a telling contradicts what is on record of its tube: the head, or a sample in it."""
    problems = [
        FieldProblem(field, CONTRADICTS)
        for field in ("code", "division", "point", "size", "campaign_id", "laboratory", "opened_at")
        if getattr(told.head, field) != getattr(known, field)
    ]
    fresh: set[UUID] = set()
    for place, (sample_id, member) in enumerate(told.samples):
        if sample_id not in members:
            fresh.add(sample_id)
        elif not members[sample_id].says_the_same(member):
            problems.append(FieldProblem(f"members.{place}", CONTRADICTS))
    if len(members) + len(fresh) > known.size:
        reason = f"would be {len(members) + len(fresh)}; the tube takes {known.size}"
        problems.append(FieldProblem("members", reason))
    return problems
