"""Controls of a run 室内质控: known samples that are tested with the others, and what they say of the run.

Ct values of weak positive controls are judged by Westgard's multirule (Westgard, Barry, Hunt, Groth: A
multi-rule Shewhart chart for quality control in clinical chemistry, Clin Chem 1981;27:493-501), in the
deviations from the mean that the laboratory has found for the lot: 1-3s, 2-2s, R-4s, 4-1s, 10-x. How many
controls a run carries, and which rules reject it, the policy says (city §7, decided).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shared.errors import FieldProblem
from shared.policy.laboratories import ControlsLaw

CHARTED = 10
"""How many earlier values a rule may look at."""


class ControlKind(StrEnum):
    """What a control holds 质控品类别."""

    WEAK_POSITIVE = "weak-positive"
    NEGATIVE = "negative"


class RunVerdict(StrEnum):
    """What the controls say of a run 质控判定."""

    ACCEPTED = "accepted"
    WARNED = "warned"
    REJECTED = "rejected"
    """Out of control 失控: its results are not to be reported, and the run is repeated."""


@dataclass(frozen=True, slots=True)
class Control:
    """One control: its Ct value, or None where nothing was detected."""

    kind: ControlKind
    ct: Decimal | None


@dataclass(frozen=True, slots=True)
class ControlRun:
    """The controls of a run; mean and deviation are those that the laboratory found for the lot."""

    run: str
    lot: str
    mean_ct: Decimal | None
    deviation_ct: Decimal | None
    controls: tuple[Control, ...]
    measured_at: datetime

    def deviations(self) -> tuple[float, ...]:
        """Return how far each detected weak positive lies from the mean, in standard deviations."""
        if self.mean_ct is None or not self.deviation_ct:
            return ()
        return tuple(
            float((control.ct - self.mean_ct) / self.deviation_ct)
            for control in self.controls
            if control.kind is ControlKind.WEAK_POSITIVE and control.ct is not None
        )


@dataclass(frozen=True, slots=True)
class RunJudgement:
    """What a run's controls were judged to be, and the rules that they broke."""

    verdict: RunVerdict
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A run on record with its judgement."""

    run: ControlRun
    judgement: RunJudgement


def problems_of(run: ControlRun) -> list[FieldProblem]:
    """Return why the controls of a run cannot be judged; an empty list when they can."""
    if (run.mean_ct is None) != (run.deviation_ct is None):
        return [FieldProblem("deviation_ct", "mean and deviation are given together or not at all")]
    return []


def judge_run(run: ControlRun, before: Sequence[JudgedRun], law: ControlsLaw) -> RunJudgement:
    """Return what the controls say of a run.

    `before` holds earlier runs of the same laboratory and lot, the latest first. The chart begins anew after
    a rejected run, because what was wrong has been put right then.
    """
    broken = [*_broken_at_once(run, law)]
    chart = _charted(before)
    now = run.deviations()
    broken += [rule for rule in (*law.rejecting, *law.warning) if _breaks(rule, now, (*now[::-1], *chart))]
    rejecting = {"too-few-controls", "negative-detected", "weak-positive-missed", *law.rejecting}
    if rejecting & set(broken):
        return RunJudgement(RunVerdict.REJECTED, tuple(broken))
    return RunJudgement(RunVerdict.WARNED if broken else RunVerdict.ACCEPTED, tuple(broken))


def _broken_at_once(run: ControlRun, law: ControlsLaw) -> Iterator[str]:
    positives = [control for control in run.controls if control.kind is ControlKind.WEAK_POSITIVE]
    negatives = [control for control in run.controls if control.kind is ControlKind.NEGATIVE]
    if len(positives) < law.weak_positives or len(negatives) < law.negatives:
        yield "too-few-controls"
    if any(control.ct is not None for control in negatives):
        yield "negative-detected"
    if any(control.ct is None for control in positives):
        yield "weak-positive-missed"


def _charted(before: Sequence[JudgedRun]) -> tuple[float, ...]:
    """Return the values of earlier runs, the latest first, back to the last rejected run."""
    values: list[float] = []
    for judged in before:
        if judged.judgement.verdict is RunVerdict.REJECTED:
            break
        values += judged.run.deviations()[::-1]
    return tuple(values[:CHARTED])


def _breaks(rule: str, now: Sequence[float], chart: Sequence[float]) -> bool:
    """Tell whether values break a rule; `chart` begins with those of now, the latest first."""
    if not now:
        return False
    match rule:
        case "1-3s":
            return any(abs(value) > 3 for value in now)
        case "r-4s":
            return max(now) > 2 and min(now) < -2
        case "1-2s":
            return any(abs(value) > 2 for value in now)
        case "2-2s":
            return _same_side(chart, 2, len(now), 2)
        case "4-1s":
            return _same_side(chart, 4, len(now), 1)
        case _:
            return _same_side(chart, 10, len(now), 0)


def _same_side(chart: Sequence[float], length: int, fresh: int, limit: float) -> bool:
    """Tell whether so many values in a row, one of them fresh, lie beyond the limit on one side."""
    return any(
        all(value > limit for value in part) or all(value < -limit for value in part)
        for start in range(fresh)
        if len(part := chart[start : start + length]) == length
    )


def must_suspend(verdicts: Iterable[RunVerdict], law: ControlsLaw) -> bool:
    """Tell whether the runs since a laboratory may test, the latest first, suspend it."""
    latest = list(verdicts)[: law.among_runs]
    return latest.count(RunVerdict.REJECTED) >= law.rejected_runs
