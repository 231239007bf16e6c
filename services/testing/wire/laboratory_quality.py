"""Controls, proficiency rounds and suspensions of laboratories on the wire."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from services.testing.actions.laboratories.record_quality import Recorded
from services.testing.rules.laboratories.controls import (
    Control,
    ControlKind,
    ControlRun,
    JudgedRun,
    RunVerdict,
)
from services.testing.rules.laboratories.proficiency import PanelItem, ProficiencyRound
from services.testing.rules.laboratories.suspension import SuspensionCause
from services.testing.storage.laboratory_quality import PlacedSuspension, ScoredRound
from services.testing.storage.laboratory_work import Rerouted
from services.testing.wire.marks import OwnMark
from services.testing.wire.results import Code, ReasonCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import Verdict
from shared.vocabulary import Result


def _to_a_hundredth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


Ct = Annotated[Decimal, Field(gt=0, le=60, max_digits=4, decimal_places=2), AfterValidator(_to_a_hundredth)]
"""A cycle threshold, to a hundredth of a cycle."""


class ControlFields(WireModel):
    """A control of a run 质控品."""

    kind: ControlKind
    ct: Ct | None = None
    """Without a value nothing was detected."""


class ControlRunFields(WireModel):
    """The controls of a run 室内质控."""

    run: OwnMark
    """The laboratory's own number of the run; telling it again changes nothing."""
    lot: Code
    """The lot of the weak positive control, whose mean and deviation the laboratory has found."""
    mean_ct: Ct | None = None
    deviation_ct: Ct | None = None
    controls: Annotated[list[ControlFields], Field(max_length=96)]
    measured_at: WireInstant
    recorded_at: WireInstant | None = None

    def control_run(self) -> ControlRun:
        """Return the run as the rules see it."""
        return ControlRun(
            self.run,
            self.lot,
            self.mean_ct,
            self.deviation_ct,
            tuple(Control(one.kind, one.ct) for one in self.controls),
            self.measured_at,
        )


class ControlRunView(BaseModel):
    """The controls of a run, and what they were judged to be."""

    run: str
    lot: str
    mean_ct: Decimal | None
    deviation_ct: Decimal | None
    controls: list[ControlFields]
    deviations: list[float]
    """How far each detected weak positive lies from the mean, in standard deviations."""
    measured_at: AwareDatetime
    judgement: RunVerdict
    broken_rules: list[str]

    @classmethod
    def of(cls, judged: JudgedRun) -> "ControlRunView":
        """Return the wire's form of a judged run."""
        run = judged.run
        return cls(
            run=run.run,
            lot=run.lot,
            mean_ct=run.mean_ct,
            deviation_ct=run.deviation_ct,
            controls=[ControlFields(kind=one.kind, ct=one.ct) for one in run.controls],
            deviations=[round(value, 2) for value in run.deviations()],
            measured_at=run.measured_at,
            judgement=judged.judgement.verdict,
            broken_rules=list(judged.judgement.rules),
        )


class ControlRunReceipt(ControlRunView):
    """What became of the controls that were told."""

    verdict: Verdict
    suspended_at: AwareDatetime | None
    """Since when the laboratory must not test; null when it may."""


class PanelItemFields(WireModel):
    """A sample of a panel 质评样本: what it holds, and what the laboratory said of it."""

    item: Code
    expected: Result
    reported: Result | None = None


class RoundFields(WireModel):
    """A proficiency round of a laboratory 室间质评."""

    round: OwnMark
    organiser: OwnMark
    items: Annotated[list[PanelItemFields], Field(min_length=1, max_length=1_000)]
    held_at: WireInstant
    recorded_at: WireInstant | None = None

    def proficiency_round(self) -> ProficiencyRound:
        """Return the round as the rules see it."""
        items = tuple(PanelItem(one.item, one.expected, one.reported) for one in self.items)
        return ProficiencyRound(self.round, self.organiser, items, self.held_at)


class RoundView(BaseModel):
    """A proficiency round with its score."""

    round: str
    organiser: str
    held_at: AwareDatetime
    items: list[PanelItemFields]
    correct: int
    false_negatives: int
    false_positives: int
    unreported: int
    passed: bool | None
    """Null when the panel was too small to decide anything."""

    @classmethod
    def of(cls, scored: ScoredRound) -> "RoundView":
        """Return the wire's form of a round."""
        held, score = scored.round, scored.score
        return cls(
            round=held.round,
            organiser=held.organiser,
            held_at=held.held_at,
            items=[
                PanelItemFields(item=one.item, expected=one.expected, reported=one.reported)
                for one in held.items
            ],
            correct=score.correct,
            false_negatives=score.false_negatives,
            false_positives=score.false_positives,
            unreported=score.unreported,
            passed=score.passed,
        )


class RoundReceipt(RoundView):
    """What became of a round that was told."""

    verdict: Verdict
    suspended_at: AwareDatetime | None
    """Since when the laboratory must not test; null when it may."""


def run_receipt(recorded: Recorded) -> ControlRunReceipt:
    """Return the receipt of a run."""
    assert isinstance(recorded.outcome, JudgedRun)
    view = ControlRunView.of(recorded.outcome)
    return ControlRunReceipt(**view.__dict__, verdict=_verdict(recorded), suspended_at=recorded.suspended_at)


def round_receipt(recorded: Recorded) -> RoundReceipt:
    """Return the receipt of a round."""
    assert isinstance(recorded.outcome, ScoredRound)
    view = RoundView.of(recorded.outcome)
    return RoundReceipt(**view.__dict__, verdict=_verdict(recorded), suspended_at=recorded.suspended_at)


def _verdict(recorded: Recorded) -> Verdict:
    return Verdict.STORED if recorded.is_new else Verdict.DUPLICATE


class SuspensionOrder(WireModel):
    """Why and from when on a laboratory must not test 暂停检测; without a moment, from now on."""

    reason_code: ReasonCode
    suspended_at: WireInstant | None = None
    recorded_at: WireInstant | None = None


class ReinstatementOrder(WireModel):
    """Why and from when on a laboratory may test again 恢复检测; without a moment, from now on."""

    reason_code: ReasonCode
    ended_at: WireInstant | None = None
    recorded_at: WireInstant | None = None


class ReroutingView(BaseModel):
    """A tube that was sent on from a suspended laboratory 样本改送."""

    tube_id: UUID
    tube_code: str
    division: str
    is_open: bool
    suspension_id: UUID
    from_laboratory: str
    to_laboratory: str
    decided_at: AwareDatetime

    @classmethod
    def of(cls, held: Rerouted) -> "ReroutingView":
        """Return the wire's form of a tube that was sent on."""
        return cls(
            tube_id=held.tube_id,
            tube_code=held.tube_code,
            division=held.division,
            is_open=held.is_open,
            suspension_id=held.suspension_id,
            from_laboratory=held.from_laboratory,
            to_laboratory=held.to_laboratory,
            decided_at=held.decided_at,
        )


class SuspensionView(BaseModel):
    """From when until when a laboratory must not test."""

    suspension_id: UUID
    laboratory: str
    division: str
    cause: SuspensionCause
    cause_reference: str | None
    reason_code: str
    suspended_at: AwareDatetime
    suspended_by: str
    ended_at: AwareDatetime | None
    ended_by: str | None
    ended_reason_code: str | None

    @classmethod
    def of(cls, placed: PlacedSuspension) -> "SuspensionView":
        """Return the wire's form of a suspension."""
        held = placed.suspension
        return cls(
            suspension_id=held.id,
            laboratory=held.laboratory,
            division=placed.division,
            cause=held.cause,
            cause_reference=held.cause_reference,
            reason_code=held.reason_code,
            suspended_at=held.suspended_at,
            suspended_by=held.suspended_by,
            ended_at=held.ended_at,
            ended_by=held.ended_by,
            ended_reason_code=held.ended_reason_code,
        )
