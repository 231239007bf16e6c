"""How long results take, what a batch adds, and when a day departs from a laboratory's habit."""

import math
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.testing.rules.laboratories.drift import DayCount, drift_on, scatter_of
from services.testing.rules.laboratories.slowness import seconds_too_slow
from services.testing.rules.laboratories.suspension import Suspension, SuspensionCause
from services.testing.rules.laboratories.tally import correction_tally, doubtful, tally_of
from services.testing.rules.laboratories.turnaround import (
    ACCURACY,
    LONGEST_SECONDS,
    Durations,
    Stage,
    bucket_of,
    seconds_of,
)
from services.testing.rules.results.result import ResultFacts
from shared.vocabulary import Method, Result
from tests.testing.laboratories.builders import CDC, HOSPITAL, the_law

pytestmark = pytest.mark.requirement("testing-resources")

NOW = datetime(2021, 2, 1, 1, 30, tzinfo=UTC)
TODAY = date(2021, 2, 1)
LAW = the_law()


def a_fact(tube: str = "T", **changes: object) -> ResultFacts:
    fields: dict[str, object] = {
        "tube_code": tube,
        "institution": CDC,
        "division": "500104102001",
        "method": Method.PCR,
        "result": Result.NEGATIVE,
        "sampled_at": NOW - timedelta(hours=10),
        "resulted_at": NOW,
        **changes,
    }
    return ResultFacts(**fields)  # pyright: ignore[reportArgumentType]


@given(st.floats(1.001, LONGEST_SECONDS))
def test_a_duration_is_told_to_five_in_a_hundred(seconds: float) -> None:
    assert abs(seconds_of(bucket_of(seconds)) - seconds) <= ACCURACY * seconds * (1 + 1e-9)


@given(st.lists(st.floats(1, LONGEST_SECONDS), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_percentiles_are_those_of_the_sorted_durations(seconds: list[float], share: float) -> None:
    wanted = sorted(seconds)[max(1, math.ceil(share * len(seconds))) - 1]
    found = Durations.of(seconds).percentile(share)
    assert found is not None
    assert abs(found - wanted) <= ACCURACY * wanted * (1 + 1e-9)


@given(st.lists(st.floats(-10, 10 * LONGEST_SECONDS)), st.integers(0, 20))
def test_histograms_of_parts_add_up_to_that_of_the_whole(seconds: list[float], cut: int) -> None:
    parts = Durations.of(seconds[:cut]) + Durations.of(seconds[cut:])
    assert parts == Durations.of(seconds)
    assert parts.counts == Counter(bucket_of(one) for one in seconds)


def test_no_durations_have_no_percentile() -> None:
    assert Durations({}).percentile(0.5) is None


def test_a_batch_is_counted_by_the_hour_and_the_day_of_its_results() -> None:
    hour = NOW.replace(minute=0)
    midnight = datetime(2021, 1, 31, 16, 0, tzinfo=UTC)
    facts = [
        a_fact("a", result=Result.POSITIVE),
        a_fact("b", resulted_at=hour + timedelta(minutes=59, seconds=59)),
        a_fact("c", resulted_at=hour - timedelta(microseconds=1), result=Result.INCONCLUSIVE),
        a_fact("d", resulted_at=midnight - timedelta(seconds=1)),
        a_fact("e", institution=HOSPITAL),
    ]
    tally = tally_of(facts, NOW + timedelta(hours=1))
    assert {
        (one.laboratory, one.hour, one.results, one.positives, one.inconclusives) for one in tally.hours
    } == {
        (CDC, hour, 2, 1, 0),
        (CDC, hour - timedelta(hours=1), 1, 0, 1),
        (CDC, midnight - timedelta(hours=1), 1, 0, 0),
        (HOSPITAL, hour, 1, 0, 0),
    }
    counted = {(one.laboratory, one.day, one.stage): sum(one.counts.values()) for one in tally.stages}
    assert counted == {
        (laboratory, day, stage): number
        for stage in (Stage.WHOLE, Stage.TELLING)
        for laboratory, day, number in (
            (CDC, TODAY, 3),
            (CDC, TODAY - timedelta(days=1), 1),
            (HOSPITAL, TODAY, 1),
        )
    }
    (correction,) = correction_tally(facts[0]).hours
    assert (correction.hour, correction.results, correction.corrected) == (hour, 0, 1)


def test_only_what_was_resulted_while_the_laboratory_was_suspended_is_in_doubt() -> None:
    suspension = Suspension(CDC, SuspensionCause.ORDER, None, "r", NOW, "key")
    early, late = a_fact("a", resulted_at=NOW - timedelta(seconds=1)), a_fact("b")
    assert doubtful([early, late, a_fact("c", institution=HOSPITAL)], [suspension]) == [(late, suspension.id)]


def test_a_day_is_too_slow_when_the_policys_share_came_late() -> None:
    limit = LAW.turnaround.within.total_seconds()
    quick, slow = [limit / 2] * 95, [limit * 2] * 5
    assert seconds_too_slow(Durations.of([*quick, *slow]), 100, LAW.turnaround) is None
    found = seconds_too_slow(Durations.of([*quick[1:], limit * 2, *slow]), 100, LAW.turnaround)
    assert found is not None
    assert found == pytest.approx(limit * 2, rel=ACCURACY)
    assert seconds_too_slow(Durations.of([limit * 2] * 99), 100, LAW.turnaround) is None


def days(*counts: tuple[int, int]) -> list[DayCount]:
    return [
        DayCount(TODAY - timedelta(days=len(counts) - position), results, found)
        for position, (results, found) in enumerate(counts)
    ]


def a_day(results: int, found: int) -> DayCount:
    return DayCount(TODAY, results, found)


def test_a_day_like_the_others_is_no_drift_and_a_jump_is() -> None:
    habit = days(*[(2_000, 10)] * 14)
    assert drift_on(a_day(2_000, 14), habit, LAW.drift) is None
    jump = drift_on(a_day(2_000, 40), habit, LAW.drift)
    assert jump is not None
    assert jump.usual_share == pytest.approx(0.005, rel=0.02)
    assert jump.chance < 1e-6


def test_a_rate_that_falls_is_a_drift_as_well() -> None:
    habit = days(*[(2_000, 60)] * 14)
    assert drift_on(a_day(2_000, 20), habit, LAW.drift) is not None
    assert drift_on(a_day(2_000, 0), habit, LAW.drift) is not None


def test_nothing_is_said_of_what_is_hardly_known() -> None:
    jump = a_day(2_000, 400)
    assert drift_on(jump, days(*[(2_000, 10)] * 6), LAW.drift) is None
    assert drift_on(jump, days(*[(99, 1)] * 28), LAW.drift) is None
    assert drift_on(a_day(99, 99), days(*[(2_000, 10)] * 28), LAW.drift) is None
    assert drift_on(jump, days(*[(2_000, 10)] * 7), LAW.drift) is not None


def test_days_that_scatter_let_a_day_depart_further() -> None:
    steady, restless = days(*[(2_000, 20)] * 20), days(*[(2_000, 5), (2_000, 35)] * 10)
    assert scatter_of(steady) == 1
    assert scatter_of(restless) > 5
    day = a_day(2_000, 45)
    assert drift_on(day, steady, LAW.drift) is not None
    assert drift_on(day, restless, LAW.drift) is None


def test_of_nothing_found_ever_many_found_are_a_drift() -> None:
    habit = days(*[(1_000, 0)] * 10)
    assert drift_on(a_day(1_000, 0), habit, LAW.drift) is None
    assert drift_on(a_day(1_000, 1), habit, LAW.drift) is None
    assert drift_on(a_day(1_000, 6), habit, LAW.drift) is not None


def _exactly(whole: int, start: int, alpha: int, beta: int, *, up: bool) -> float:
    """The same tail by binomial coefficients: Pólya's urn."""
    span = range(start, whole + 1) if up else range(start + 1)
    ways = [
        math.comb(alpha + found - 1, found) * math.comb(beta + whole - found - 1, whole - found)
        for found in span
    ]
    return sum(ways) / math.comb(alpha + beta + whole - 1, whole)


@settings(max_examples=60)
@given(st.integers(0, 40), st.integers(100, 160), st.integers(0, 100))
def test_the_chance_is_that_of_polyas_urn(usual: int, results: int, found: int) -> None:
    """Habits without scatter: alpha and beta are whole, and the law can be counted out."""
    habit = days(*[(100, usual)] * 7)
    alpha, beta = 1 + 7 * usual, 1 + 7 * (100 - usual)
    up = found > results * alpha / (alpha + beta)
    wanted = min(1.0, 2 * _exactly(results, found, alpha, beta, up=up))
    generous = LAW.drift.model_copy(update={"chance_per_million": 1_000_000})
    drift = drift_on(a_day(results, found), habit, generous)
    assert drift is not None
    assert drift.chance == pytest.approx(wanted, rel=1e-6)


def test_a_year_of_steady_days_raises_hardly_an_alarm() -> None:
    chance = random.Random(20210201)
    alarms = 0
    for share in (0.0005, 0.005, 0.05):
        counts = [a_day(800, sum(chance.random() < share for _ in range(800))) for _ in range(393)]
        alarms += sum(
            drift_on(counts[at], counts[at - 28 : at], LAW.drift) is not None for at in range(28, 393)
        )
    assert alarms <= 3
