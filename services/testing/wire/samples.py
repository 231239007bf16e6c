"""What travels over the HTTP door of a sample: its result, and who reported, sampled and tested it."""

from uuid import UUID

from pydantic import BaseModel

from services.testing.actions.tubes.read_tubes import SampleReport, TubeReport
from services.testing.rules.tubes.chain import IN_LABORATORY
from services.testing.storage.tubes import SampleRow
from services.testing.wire.results import RevisionView
from services.testing.wire.tubes import MemberView, StepView
from shared.instants import WireInstant


class VillageView(BaseModel):
    """The village's part 村报告: it reports."""

    division: str
    reported_at: WireInstant | None


class TownshipView(BaseModel):
    """The township's part 镇采样: it samples."""

    division: str
    point: str | None
    sampled_at: WireInstant
    told_by: str
    """The key or account that told of the tube; never a person's name."""


class CountyView(BaseModel):
    """The county's part 县检测: it tests."""

    institution: str | None
    received_at: WireInstant | None
    resulted_at: WireInstant | None


class TakenView(BaseModel):
    """Where a sample is, and the chain from the village's report to the county's result."""

    tube_id: UUID
    size: int
    sample: MemberView
    village: VillageView
    township: TownshipView
    county: CountyView
    steps: list[StepView]


class SampleView(BaseModel):
    """A sample, all that was ever said of its result, and its way if its tube is known."""

    sample_id: UUID
    tube_code: str
    institution: str | None
    """The institution that gave the result, once there is one."""
    division: str
    person_id: UUID | None
    revisions: list[RevisionView]
    """Of the tube's result: a pool's is not yet the sample's own."""
    taken: TakenView | None

    @classmethod
    def of(cls, report: SampleReport) -> "SampleView":
        """Return the wire's form of a sample; of one the result, the tube or both are known."""
        last = report.history[-1].facts if report.history else None
        member = report.sample.member if report.sample else None
        division = member.division if member else last.division if last else ""
        said = last.person_id if last and not _is_pooled(report.tube) else None
        return cls(
            sample_id=report.sample_id,
            tube_code=last.tube_code if last else report.tube.row.head.code if report.tube else "",
            institution=last.institution if last else None,
            division=division,
            person_id=said or (member.person_id if member else None),
            revisions=[RevisionView.of(stored) for stored in report.history],
            taken=_taken(report.tube, report.sample) if report.tube and report.sample else None,
        )


def _is_pooled(tube: TubeReport | None) -> bool:
    return tube is not None and tube.row.head.is_pool


def _taken(tube: TubeReport, sample: SampleRow) -> TakenView:
    row, member = tube.row, sample.member
    arrived = [at for kind, at in tube.chain.first.items() if kind in IN_LABORATORY]
    return TakenView(
        tube_id=row.head.tube_id,
        size=row.head.size,
        sample=MemberView.of(sample, tube.fates[sample.sample_id]),
        village=VillageView(division=member.division, reported_at=member.reported_at),
        township=TownshipView(
            division=row.head.division,
            point=row.head.point,
            sampled_at=member.sampled_at,
            told_by=row.opened_by,
        ),
        county=CountyView(
            institution=row.laboratory,
            received_at=min(arrived, default=None),
            resulted_at=row.resulted_at,
        ),
        steps=[StepView.of(one) for one in tube.chain.steps],
    )
