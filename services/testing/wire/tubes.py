"""What travels over the HTTP doors of tubes, their samples and pools."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.testing.actions.tubes.read_tubes import Fate, PoolReport, TubeReport
from services.testing.rules.tubes.chain import Flag, FlaggedStep
from services.testing.rules.tubes.pool import MemberState
from services.testing.rules.tubes.tube import Member, TubeHead, TubeTold, tube_id_of
from services.testing.storage.pools import MemberRow, Pool
from services.testing.storage.tubes import SampleRow, TubeRow
from services.testing.wire.results import LARGEST_POOL, Code
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import Problem, RowReceipt, Verdict
from shared.vocabulary import Method, Result, SubjectKind

Category = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
"""A category of the policy, or a finer kind, such as `inbound-delivery` or `packaging`."""

Position = Annotated[int, Field(ge=1, le=LARGEST_POOL)]


class MemberBody(WireModel):
    """One sample in a tube 样本: whose it is, and if that is known what it was taken for."""

    subject_kind: SubjectKind = SubjectKind.PERSON
    person_id: UUID | None = None
    """The person by the id that registration gives; never a name or a number."""
    object_id: Code | None = None
    """The place, lot or household by its code, where it is no person."""
    position: Position | None = None
    """The line on the tube's list, the tube's size at most; needed where nobody and nothing is named."""
    division: DivisionCode | None = None
    """Where the subject belongs; without it, the tube's."""
    sampled_at: WireInstant | None = None
    """When it was taken, within 24 hours after the tube's opening; without it, then."""
    category: Category | None = None
    plan_id: UUID | None = None
    case_id: UUID | None = None
    due_id: UUID | None = None
    retest_of: UUID | None = None
    """The sample of a pool 混采 that this one, taken singly, is to decide."""
    reported_at: WireInstant | None = None
    """When the village reported the subject 村报告, where a report led to the sample."""
    sampled_twice: bool = False
    """Says that the person is in another open tube on purpose 双采; without it that is refused."""

    def member(self, head: TubeHead) -> Member:
        """Return the sample as the rules see it."""
        return Member(
            subject_kind=self.subject_kind,
            division=self.division or head.division,
            sampled_at=self.sampled_at or head.opened_at,
            person_id=self.person_id,
            object_id=self.object_id,
            category=self.category,
            plan_id=self.plan_id,
            case_id=self.case_id,
            due_id=self.due_id,
            campaign_id=head.campaign_id,
            retest_of=self.retest_of,
            reported_at=self.reported_at,
            position=self.position,
            sampled_twice=self.sampled_twice,
        )


class TubeBody(WireModel):
    """A tube 采样管 with its members, or some more of them; late and twice is as good as once."""

    tube_id: UUID | None = None
    """The client's own id for it; without one it follows from point, code and opening."""
    code: Code
    division: DivisionCode
    point: Code | None = None
    """The sampling point 采样点, by its code."""
    size: Literal[1, 5, 10, 20]
    """How many samples it takes: single, or pooled."""
    opened_at: WireInstant
    campaign_id: UUID | None = None
    laboratory: Code | None = None
    """The institution that is to test it, if that is planned."""
    members: Annotated[tuple[MemberBody, ...], Field(max_length=LARGEST_POOL)] = ()
    recorded_at: WireInstant | None = None

    def told(self, *, now: datetime, received_from: str) -> TubeTold:
        """Return the telling as the rules see it."""
        head = TubeHead(
            tube_id=self.tube_id or tube_id_of(self.point, self.code, self.opened_at),
            code=self.code,
            division=self.division,
            point=self.point,
            size=self.size,
            campaign_id=self.campaign_id,
            laboratory=self.laboratory,
            opened_at=self.opened_at,
        )
        members = tuple(one.member(head) for one in self.members)
        return TubeTold(head, members, self.recorded_at or now, received_from)


class TubeReceipt(BaseModel):
    """What became of one telling of a tube."""

    tube_id: UUID
    verdict: Verdict
    problems: list[Problem] = []
    """What is said of a tube that is stored: which marks are left out, whose code is told to nobody else."""


class TubeRowReceipt(RowReceipt):
    """What became of one tube of a batch."""

    code: str | None = None
    tube_id: UUID | None = None


class StepView(BaseModel):
    """One step of the chain 流转记录: who, where and when; odd ones are flagged, never lost."""

    kind: str
    at: WireInstant
    recorded_at: WireInstant
    received_at: WireInstant
    by: str
    """The key or account that told it; never a person's name."""
    division: str
    place: str | None
    institution: str | None
    box: str | None
    plate: str | None
    well: str | None
    temperature_celsius: float | None
    flags: list[Flag]

    @classmethod
    def of(cls, flagged: FlaggedStep) -> "StepView":
        """Return the wire's form of a step."""
        told, step = flagged.told, flagged.told.step
        return cls(
            kind=step.kind,
            at=step.at,
            recorded_at=told.recorded_at,
            received_at=told.received_at,
            by=told.received_from,
            division=step.division,
            place=step.place,
            institution=step.institution,
            box=step.box,
            plate=step.plate,
            well=step.well,
            temperature_celsius=step.temperature_celsius,
            flags=list(flagged.flags),
        )


class MemberView(BaseModel):
    """One sample in a tube, and what became of it."""

    sample_id: UUID
    subject_kind: SubjectKind
    person_id: UUID | None
    object_id: str | None
    position: int | None
    division: str
    sampled_at: WireInstant
    category: str | None
    plan_id: UUID | None
    case_id: UUID | None
    due_id: UUID | None
    retest_of: UUID | None
    reported_at: WireInstant | None
    state: MemberState
    decided_by: UUID | None
    """The result, by its sample id, that cleared it or found it positive."""

    @classmethod
    def of(cls, sample: SampleRow, fate: Fate) -> "MemberView":
        """Return the wire's form of a sample in a tube."""
        member = sample.member
        return cls(
            sample_id=sample.sample_id,
            subject_kind=member.subject_kind,
            person_id=member.person_id,
            object_id=member.object_id,
            position=member.position,
            division=member.division,
            sampled_at=member.sampled_at,
            category=member.category,
            plan_id=member.plan_id,
            case_id=member.case_id,
            due_id=member.due_id,
            retest_of=member.retest_of,
            reported_at=member.reported_at,
            state=fate.state,
            decided_by=fate.decided_by,
        )


class TubeBrief(BaseModel):
    """A tube in a list; what happened to it is given by the earliest step of each kind."""

    tube_id: UUID
    code: str
    division: str
    point: str | None
    size: int
    campaign_id: UUID | None
    laboratory: str | None
    """Where it was last received, registered or run; until then the one that was planned."""
    opened_at: WireInstant
    opened_by: str
    recorded_at: WireInstant
    received_at: WireInstant
    is_open: bool
    members: int
    result: Result | None
    resulted_at: WireInstant | None
    result_sample_id: UUID | None
    flags: list[Flag]

    @classmethod
    def of(cls, row: TubeRow) -> "TubeBrief":
        """Return the wire's form of a tube in a list."""
        return cls.model_validate(_brief(row))


def _brief(row: TubeRow) -> dict[str, object]:
    head = row.head
    return {
        "tube_id": head.tube_id,
        "code": head.code,
        "division": head.division,
        "point": head.point,
        "size": head.size,
        "campaign_id": head.campaign_id,
        "laboratory": row.laboratory,
        "opened_at": head.opened_at,
        "opened_by": row.opened_by,
        "recorded_at": row.recorded_at,
        "received_at": row.received_at,
        "is_open": row.is_open,
        "members": row.members,
        "result": row.told.result,
        "resulted_at": row.resulted_at,
        "result_sample_id": row.told.result_sample_id,
        "flags": sorted(row.flags),
    }


class TubeView(TubeBrief):
    """A tube with its members and its whole chain."""

    pool_id: UUID | None
    """The pool that it is at present 混采阳性或可疑, if its result is not negative."""
    samples: list[MemberView]
    steps: list[StepView]

    @classmethod
    def of_report(cls, report: TubeReport) -> "TubeView":
        """Return the wire's form of a tube with all that is known of it."""
        return cls.model_validate(
            {
                **_brief(report.row),
                "pool_id": report.pool_id,
                "samples": [MemberView.of(one, report.fates[one.sample_id]) for one in report.samples],
                "steps": [StepView.of(one) for one in report.chain.steps],
            }
        )


class PoolBrief(BaseModel):
    """A pool that was positive or unclear 混采阳性或可疑, whose members are taken again singly."""

    pool_id: UUID
    tube_id: UUID | None
    """The tube, once a sampling point has told of it."""
    tube_code: str
    institution: str
    division: str
    method: Method
    result: Result
    size: int | None
    sampled_at: WireInstant
    resulted_at: WireInstant
    resolved_at: WireInstant | None
    """Since when every member known is cleared or positive alone."""
    withdrawn_at: WireInstant | None
    withdrawn_because: str | None

    @classmethod
    def of(cls, pool: Pool) -> "PoolBrief":
        """Return the wire's form of a pool in a list."""
        return cls.model_validate(pool, from_attributes=True)


class PoolMemberView(BaseModel):
    """A member of a pool, told to stay, and what became of it."""

    sample_id: UUID
    subject_kind: SubjectKind
    person_id: UUID | None
    object_id: str | None
    division: str
    told_at: WireInstant
    state: MemberState
    decided_by: UUID | None

    @classmethod
    def of(cls, row: MemberRow) -> "PoolMemberView":
        """Return the wire's form of a member."""
        return cls(
            sample_id=row.member.sample_id,
            subject_kind=SubjectKind(row.subject_kind),
            person_id=row.member.person_id,
            object_id=row.member.place[1] if row.member.place else None,
            division=row.division,
            told_at=row.told_at,
            state=row.state,
            decided_by=row.decided_by,
        )


class PoolView(PoolBrief):
    """A pool with its members."""

    members: list[PoolMemberView]

    @classmethod
    def of_report(cls, report: PoolReport) -> "PoolView":
        """Return the wire's form of a pool with its members."""
        brief = PoolBrief.of(report.pool).model_dump()
        return cls(**brief, members=[PoolMemberView.of(one) for one in report.members])
