"""What controls and proficiency rounds say of a laboratory, and when it must not test."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.laboratories.controls import (
    Control,
    ControlKind,
    ControlRun,
    JudgedRun,
    RunJudgement,
    RunVerdict,
    judge_run,
    must_suspend,
)
from services.testing.rules.laboratories.controls import problems_of as problems_of_run
from services.testing.rules.laboratories.proficiency import (
    PanelItem,
    ProficiencyRound,
    problems_of,
    score_of,
)
from services.testing.rules.laboratories.suspension import Suspension, SuspensionCause, suspension_at
from shared.vocabulary import Result
from tests.testing.laboratories.builders import CDC, HOSPITAL, the_law

pytestmark = pytest.mark.requirement("testing-resources")

NOW = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
LAW = the_law().controls
NEGATIVES = (Control(ControlKind.NEGATIVE, None),) * 3


def a_run(*deviations: float | None, **changes: object) -> ControlRun:
    """A run of a lot with mean 33 and deviation 0.5, whose weak positives lie so far from the mean."""
    positives = tuple(
        Control(
            ControlKind.WEAK_POSITIVE, None if one is None else Decimal(33) + Decimal("0.5") * Decimal(one)
        )
        for one in deviations
    )
    run = ControlRun("run", "lot", Decimal(33), Decimal("0.5"), (*positives, *NEGATIVES), NOW)
    return replace(run, **changes)  # pyright: ignore[reportArgumentType]


def judged(*deviations: float, verdict: RunVerdict = RunVerdict.ACCEPTED) -> JudgedRun:
    return JudgedRun(a_run(*deviations), RunJudgement(verdict, ()))


def test_a_run_in_control_is_accepted() -> None:
    assert judge_run(a_run(0.3), [judged(-0.5), judged(1.1)], LAW) == RunJudgement(RunVerdict.ACCEPTED, ())


@pytest.mark.parametrize(
    ("controls", "rule"),
    [
        ((Control(ControlKind.WEAK_POSITIVE, Decimal(33)), *NEGATIVES[:2]), "too-few-controls"),
        (NEGATIVES, "too-few-controls"),
        (
            (
                Control(ControlKind.WEAK_POSITIVE, Decimal(33)),
                *NEGATIVES,
                Control(ControlKind.NEGATIVE, Decimal(38)),
            ),
            "negative-detected",
        ),
        ((Control(ControlKind.WEAK_POSITIVE, None), *NEGATIVES), "weak-positive-missed"),
    ],
)
def test_what_no_statistics_excuse_rejects_a_run(controls: tuple[Control, ...], rule: str) -> None:
    run = a_run(controls=controls, mean_ct=None, deviation_ct=None)
    assert judge_run(run, [], LAW) == RunJudgement(RunVerdict.REJECTED, (rule,))


@pytest.mark.parametrize(
    ("now", "before", "verdict", "rules"),
    [
        ((3.0,), [], RunVerdict.WARNED, ("1-2s",)),
        ((3.02,), [], RunVerdict.REJECTED, ("1-3s", "1-2s")),
        ((-3.02,), [], RunVerdict.REJECTED, ("1-3s", "1-2s")),
        ((2.0,), [2.5], RunVerdict.ACCEPTED, ()),
        ((2.02,), [2.5], RunVerdict.REJECTED, ("2-2s", "1-2s")),
        ((2.02,), [-2.5], RunVerdict.WARNED, ("1-2s",)),
        ((2.02,), [0.0, 2.5], RunVerdict.WARNED, ("1-2s",)),
        ((2.02, 2.02), [], RunVerdict.REJECTED, ("2-2s", "1-2s")),
        ((2.02, -2.02), [], RunVerdict.REJECTED, ("r-4s", "1-2s")),
        ((1.1,), [1.1, 1.1], RunVerdict.ACCEPTED, ()),
        ((1.1,), [1.1, 1.1, 1.1], RunVerdict.WARNED, ("4-1s",)),
        ((1.1,), [1.1, -1.1, 1.1], RunVerdict.ACCEPTED, ()),
        ((0.1,), [0.1] * 8, RunVerdict.ACCEPTED, ()),
        ((0.1,), [0.1] * 9, RunVerdict.WARNED, ("10-x",)),
        ((0.0,), [0.1] * 9, RunVerdict.ACCEPTED, ()),
    ],
)
def test_values_of_weak_positives_are_judged_by_westgards_rules(
    now: tuple[float, ...], before: list[float], verdict: RunVerdict, rules: tuple[str, ...]
) -> None:
    found = judge_run(a_run(*now), [judged(one) for one in before], LAW)
    assert (found.verdict, found.rules) == (verdict, rules)


def test_the_chart_begins_anew_after_a_rejected_run() -> None:
    rejected = judged(2.5, verdict=RunVerdict.REJECTED)
    assert judge_run(a_run(2.5), [judged(2.5)], LAW).verdict is RunVerdict.REJECTED
    assert judge_run(a_run(2.5), [rejected, judged(2.5)], LAW).verdict is RunVerdict.WARNED


def test_without_mean_and_deviation_only_detection_is_judged() -> None:
    blind = a_run(9.0, mean_ct=None, deviation_ct=None)
    assert judge_run(blind, [], LAW).verdict is RunVerdict.ACCEPTED
    assert problems_of_run(blind) == []
    assert problems_of_run(replace(blind, mean_ct=Decimal(33)))[0].field == "deviation_ct"


def _in_a_row(values: Sequence[float], length: int, limit: float) -> bool:
    """Said otherwise: the last `length` values, the last one included, beyond the limit on one side."""
    last = values[-length:]
    return len(last) == length and (min(last) > limit or max(last) < -limit)


@given(st.lists(st.floats(-2.9, 2.9), min_size=1, max_size=15))
def test_one_value_a_run_breaks_the_rules_that_its_series_breaks(values: list[float]) -> None:
    series = [float((Decimal(33) + Decimal("0.5") * Decimal(one) - 33) / Decimal("0.5")) for one in values]
    found = judge_run(a_run(values[-1]), [judged(one) for one in values[-2::-1]], LAW)
    wanted = {
        "2-2s": _in_a_row(series, 2, 2),
        "1-2s": abs(series[-1]) > 2,
        "4-1s": _in_a_row(series, 4, 1),
        "10-x": _in_a_row(series, 10, 0),
    }
    assert set(found.rules) == {rule for rule, is_broken in wanted.items() if is_broken}


def test_two_rejected_runs_among_the_last_ten_suspend() -> None:
    good, bad = RunVerdict.ACCEPTED, RunVerdict.REJECTED
    assert not must_suspend([bad], LAW)
    assert must_suspend([bad, bad], LAW)
    assert must_suspend([bad, *[good] * 8, bad], LAW)
    assert not must_suspend([bad, *[good] * 9, bad], LAW)


def _panel(right: int, wrong: int, silent: int = 0) -> tuple[PanelItem, ...]:
    said = [Result.POSITIVE] * right + [Result.NEGATIVE] * wrong + [None] * silent
    return tuple(PanelItem(f"s{n}", Result.POSITIVE, one) for n, one in enumerate(said))


@pytest.mark.parametrize(
    ("items", "passed"),
    [
        (_panel(5, 0), True),
        (_panel(4, 1), True),
        (_panel(4, 0, 1), True),
        (_panel(3, 1, 1), False),
        (_panel(7, 2), False),
        (_panel(0, 4), None),
    ],
)
def test_eighty_in_a_hundred_pass_and_what_was_not_reported_is_wrong(
    items: tuple[PanelItem, ...], passed: bool | None
) -> None:
    assert score_of(items, the_law().proficiency).passed is passed


def test_wrong_answers_are_counted_by_their_kind() -> None:
    items = (
        PanelItem("a", Result.POSITIVE, Result.NEGATIVE),
        PanelItem("b", Result.NEGATIVE, Result.POSITIVE),
        PanelItem("c", Result.NEGATIVE, Result.INCONCLUSIVE),
        PanelItem("d", Result.NEGATIVE, None),
        PanelItem("e", Result.NEGATIVE, Result.NEGATIVE),
    )
    score = score_of(items, the_law().proficiency)
    assert (score.correct, score.false_negatives, score.false_positives, score.unreported) == (1, 1, 1, 1)
    twice = ProficiencyRound("r", "o", (*items, PanelItem("a", Result.INCONCLUSIVE, None)), NOW)
    assert [one.field for one in problems_of(twice)] == ["items.5.item", "items.5.expected"]


def test_what_was_resulted_within_a_suspension_is_in_doubt() -> None:
    begun, ended = NOW, NOW + timedelta(hours=2)
    suspension = Suspension(CDC, SuspensionCause.ORDER, None, "r", begun, "key", ended, "key", "r")
    instant = timedelta(microseconds=1)
    assert [
        suspension_at([suspension], CDC, at) is not None
        for at in (begun - instant, begun, ended - instant, ended)
    ] == [False, True, True, False]
    assert suspension_at([suspension], HOSPITAL, begun) is None
    assert suspension_at([replace(suspension, ended_at=None)], CDC, ended + timedelta(days=9)) is not None
