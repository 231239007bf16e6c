"""When a sentinel's silence is noticed, and how often that is by chance."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.service import surveillance_law
from shared.policy import load_pack
from shared.settings import PROJECT
from shared.silence import (
    Habit,
    Silence,
    chance_of_quiet,
    habit_of,
    silence_on,
)

pytestmark = pytest.mark.requirement("sentinel-report")

LAW = surveillance_law(load_pack(PROJECT / "policies" / "chongqing-2021-winter")).silence
FIRST = date(2021, 1, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def days_of(numbers: Sequence[int]) -> frozenset[date]:
    return frozenset(day(number) for number in numbers)


def silence(numbers: Sequence[int], today: int, declared: int | None = None) -> Silence | None:
    return silence_on(
        day(today), days_of(numbers), open_since=FIRST, declared_days_per_week=declared, law=LAW
    )


EVERY_DAY, EVERY_OTHER, ONCE_A_WEEK = range(28), range(0, 28, 2), range(0, 28, 7)

NOTICED_AFTER: list[tuple[Sequence[int], int, int]] = [
    (EVERY_DAY, 27, 3),
    (EVERY_OTHER, 26, 12),
    (ONCE_A_WEEK, 21, 63),
    (range(7), 6, 5),
    ([0, 1, 2, 3, 20, 21, 22, 23, 24, 25, 26, 27], 27, 16),
]
"""Days with a report, the last of them, and after how many quiet days the silence is noticed."""


@pytest.mark.parametrize(("reports", "last", "quiet"), NOTICED_AFTER)
def test_the_rarer_the_reports_the_longer_a_silence_is_borne(
    reports: Sequence[int], last: int, quiet: int
) -> None:
    assert silence(reports, last + quiet) is None
    noticed = silence(reports, last + quiet + 1)
    assert noticed is not None
    assert (noticed.quiet_since, noticed.quiet_days) == (day(last + 1), quiet)


NOT_NOTICED: list[tuple[Sequence[int], int | None, str]] = [
    ([], None, "nothing is known of it"),
    ([0, 1, 2], None, "three days are no habit"),
    (range(6), None, "a history of six days is too short"),
    ([0, 9, 18], None, "who reports three times in four weeks does not usually report"),
]


@pytest.mark.parametrize(("reports", "declared", "why"), NOT_NOTICED)
def test_who_does_not_usually_report_is_not_silent(
    reports: Sequence[int], declared: int | None, why: str
) -> None:
    assert silence(reports, 365, declared) is None, why


def test_what_was_declared_stands_for_a_habit_until_there_is_one() -> None:
    assert [silence([], today, 7) is None for today in (3, 4)] == [True, False]
    assert silence([0, 1, 2], 6, 7) == Silence(day(3), 3, Habit(28, 28))
    shown = silence(EVERY_OTHER, 39, 7)
    assert shown is not None
    assert shown.habit == Habit(14, 27)


def test_days_that_are_not_over_and_reports_from_before_the_opening_count_for_nothing() -> None:
    assert silence(EVERY_DAY, 27) is None
    reopened = silence_on(
        day(60), days_of(EVERY_DAY), open_since=day(57), declared_days_per_week=None, law=LAW
    )
    assert reopened is None
    later = silence_on(day(61), days_of(EVERY_DAY), open_since=day(57), declared_days_per_week=None, law=LAW)
    assert later == Silence(day(58), 3, Habit(28, 28))


def test_the_habit_is_that_of_the_last_four_weeks() -> None:
    once_busy = [*range(100), *range(100, 131, 2)]
    assert habit_of(days_of(once_busy), FIRST, None, LAW) == Habit(14, 28)


@given(
    reports=st.integers(0, 28), more=st.integers(0, 28), quiet=st.integers(0, 60), longer=st.integers(0, 60)
)
def test_chance_falls_with_every_quiet_day_and_with_every_day_of_reports(
    reports: int, more: int, quiet: int, longer: int
) -> None:
    few, many = Habit(min(reports, more), 28), Habit(max(reports, more), 28)
    short, long = min(quiet, longer), max(quiet, longer)
    assert 0 < chance_of_quiet(many, long) <= chance_of_quiet(few, long) <= chance_of_quiet(few, short) <= 1


def alarms_of(report_days: Iterator[bool], days: int) -> int:
    """How often a sentinel is told to be silent, when it is asked about every day."""
    reported: set[date] = set()
    told: set[date] = set()
    for number, has_report in enumerate(report_days):
        noticed = silence_on(day(number), reported, open_since=FIRST, declared_days_per_week=None, law=LAW)
        if noticed is not None:
            told.add(noticed.quiet_since)
        if has_report:
            reported = {one for one in reported if one > day(number - 40)} | {day(number)}
        if number == days:
            break
    return len(told)


def poisson(chance: random.Random, rate: float) -> Iterator[bool]:
    """Days with patients, who come by chance, so many a day."""
    while True:
        yield chance.random() > math.exp(-rate)


def closed_on_sundays(chance: random.Random, rate: float) -> Iterator[bool]:
    for number, has_report in enumerate(poisson(chance, rate)):
        yield has_report and number % 7 != 0


@pytest.mark.parametrize("habit", [poisson, closed_on_sundays])
@pytest.mark.parametrize("rate", [0.2, 0.5, 1.0, 2.0, 5.0])
def test_a_false_alarm_comes_less_than_once_in_two_years(
    rate: float, habit: Callable[[random.Random, float], Iterator[bool]]
) -> None:
    """Measured: none for who reports every day, up to 0.23 a year for who reports on two days of three."""
    chance, sentinels, days = random.Random(f"{rate}"), 60, 365
    alarms = sum(alarms_of(habit(chance, rate), days) for _ in range(sentinels))
    assert alarms / sentinels < 0.5
