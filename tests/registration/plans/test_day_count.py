"""Days are counted in Asia/Shanghai from day 0; the tables are drawn by hand from a calendar."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from services.registration.rules.day_count import (
    begins_at,
    day_number,
    day_of,
    is_fresh,
    is_within_days,
    number_of,
    proof_age,
    reaches_into,
    stage_spans,
)
from shared.clock import SHANGHAI

D = date
NOON = datetime(2021, 2, 9, 12, tzinfo=SHANGHAI)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        # the last second of a day and the first of the next, in Shanghai and as UTC has them
        (datetime(2021, 2, 9, 23, 59, 59, tzinfo=SHANGHAI), D(2021, 2, 9)),
        (datetime(2021, 2, 9, 23, 59, 59, 999_999, tzinfo=SHANGHAI), D(2021, 2, 9)),
        (datetime(2021, 2, 10, 0, 0, 0, tzinfo=SHANGHAI), D(2021, 2, 10)),
        (datetime(2021, 2, 9, 15, 59, 59, tzinfo=UTC), D(2021, 2, 9)),
        (datetime(2021, 2, 9, 16, 0, 0, tzinfo=UTC), D(2021, 2, 10)),
        # midnight in UTC is morning here
        (datetime(2021, 2, 10, 0, 0, 0, tzinfo=UTC), D(2021, 2, 10)),
        # written in another zone
        (datetime(2021, 2, 9, 11, 0, 0, tzinfo=timezone(timedelta(hours=-5))), D(2021, 2, 10)),
        # leap day
        (datetime(2020, 2, 28, 15, 59, 59, tzinfo=UTC), D(2020, 2, 28)),
        (datetime(2020, 2, 28, 16, 0, 0, tzinfo=UTC), D(2020, 2, 29)),
        (datetime(2020, 2, 29, 16, 0, 0, tzinfo=UTC), D(2020, 3, 1)),
        (datetime(2021, 2, 28, 16, 0, 0, tzinfo=UTC), D(2021, 3, 1)),
        # year's end
        (datetime(2020, 12, 31, 23, 59, 59, tzinfo=SHANGHAI), D(2020, 12, 31)),
        (datetime(2020, 12, 31, 16, 0, 0, tzinfo=UTC), D(2021, 1, 1)),
        # the ends of the calendar
        (datetime.max.replace(tzinfo=UTC), D.max),
        (datetime.min.replace(tzinfo=UTC), D.min),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), D.min),
    ],
)
def test_an_instant_lies_in_its_day_of_shanghai(instant: datetime, day: date) -> None:
    assert day_of(instant) == day


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        day_of(datetime(2021, 2, 9, 12))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        (D(2021, 2, 10), datetime(2021, 2, 9, 16, tzinfo=UTC)),
        (D(2021, 1, 1), datetime(2020, 12, 31, 16, tzinfo=UTC)),
        (D(2020, 2, 29), datetime(2020, 2, 28, 16, tzinfo=UTC)),
        (D.min, datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(day: date, begins: datetime) -> None:
    assert begins_at(day) == begins
    assert day_of(begins_at(day)) == day


@pytest.mark.parametrize(
    ("day_zero", "number", "day"),
    [
        (D(2021, 2, 9), 0, D(2021, 2, 9)),
        (D(2021, 2, 9), 7, D(2021, 2, 16)),
        (D(2021, 2, 9), 14, D(2021, 2, 23)),
        (D(2021, 2, 9), 28, D(2021, 3, 9)),
        (D(2021, 2, 9), -14, D(2021, 1, 26)),
        # across a leap day and across the end of a February without one
        (D(2020, 2, 22), 7, D(2020, 2, 29)),
        (D(2020, 2, 22), 14, D(2020, 3, 7)),
        (D(2021, 2, 22), 7, D(2021, 3, 1)),
        (D(2020, 2, 29), 14, D(2020, 3, 14)),
        # across the year's end
        (D(2020, 12, 31), 1, D(2021, 1, 1)),
        (D(2020, 12, 24), 14, D(2021, 1, 7)),
        # beyond the calendar
        (D.max, 14, D.max),
        (D.min, -14, D.min),
    ],
)
def test_days_are_counted_from_day_zero(day_zero: date, number: int, day: date) -> None:
    assert day_number(day_zero, number) == day
    if D.min < day < D.max:
        assert number_of(day_zero, day) == number


@pytest.mark.requirement("entry-14-7-7")
@pytest.mark.parametrize(
    ("arrived_at", "spans"),
    [
        # arrived on 9 February: day 14 is the 23rd, day 21 is 2 March, day 28 is 9 March
        (
            datetime(2021, 2, 9, 23, 59, 59, tzinfo=SHANGHAI),
            [
                (D(2021, 2, 9), D(2021, 2, 23)),
                (D(2021, 2, 24), D(2021, 3, 2)),
                (D(2021, 3, 3), D(2021, 3, 9)),
            ],
        ),
        # one second later is another day 0
        (
            datetime(2021, 2, 10, 0, 0, 0, tzinfo=SHANGHAI),
            [
                (D(2021, 2, 10), D(2021, 2, 24)),
                (D(2021, 2, 25), D(2021, 3, 3)),
                (D(2021, 3, 4), D(2021, 3, 10)),
            ],
        ),
        # a leap year's February has a day more
        (
            datetime(2020, 2, 9, 0, 0, 0, tzinfo=SHANGHAI),
            [
                (D(2020, 2, 9), D(2020, 2, 23)),
                (D(2020, 2, 24), D(2020, 3, 1)),
                (D(2020, 3, 2), D(2020, 3, 8)),
            ],
        ),
        # arrived on the leap day itself
        (
            datetime(2020, 2, 29, 12, 0, 0, tzinfo=SHANGHAI),
            [
                (D(2020, 2, 29), D(2020, 3, 14)),
                (D(2020, 3, 15), D(2020, 3, 21)),
                (D(2020, 3, 22), D(2020, 3, 28)),
            ],
        ),
        # across the year's end
        (
            datetime(2020, 12, 20, 18, 30, 0, tzinfo=SHANGHAI),
            [
                (D(2020, 12, 20), D(2021, 1, 3)),
                (D(2021, 1, 4), D(2021, 1, 10)),
                (D(2021, 1, 11), D(2021, 1, 17)),
            ],
        ),
    ],
)
def test_fourteen_seven_seven_by_hand(arrived_at: datetime, spans: list[tuple[date, date]]) -> None:
    assert stage_spans(day_of(arrived_at), [14, 7, 7]) == spans


def test_a_stage_of_no_days_is_day_zero_alone() -> None:
    assert stage_spans(D(2021, 2, 9), [0]) == [(D(2021, 2, 9), D(2021, 2, 9))]
    assert stage_spans(D(2021, 2, 9), []) == []


@pytest.mark.parametrize(
    ("entered_on", "within"),
    [
        (D(2021, 2, 9), True),
        (D(2021, 1, 13), True),  # 27 days
        (D(2021, 1, 12), False),  # 28 days
        (D(2021, 1, 11), False),
        (D(2021, 2, 10), True),
    ],
)
def test_less_than_twenty_eight_days_ago(entered_on: date, within: bool) -> None:
    assert is_within_days(entered_on, D(2021, 2, 9), 28) is within


@pytest.mark.parametrize(
    ("left_on", "counts"),
    [(D(2021, 2, 9), True), (D(2021, 1, 26), True), (D(2021, 1, 25), False), (D(2021, 2, 10), True)],
)
def test_a_stay_counts_when_it_lasted_into_the_fourteen_days(left_on: date, counts: bool) -> None:
    assert reaches_into(left_on, D(2021, 2, 9), 14) is counts


@pytest.mark.parametrize("days", [3, 7])
@pytest.mark.parametrize(
    ("beyond", "fresh"), [(-SECOND, True), (timedelta(), True), (SECOND, False), (timedelta(days=1), False)]
)
def test_a_proof_is_as_old_as_its_sample_to_the_second(days: int, beyond: timedelta, fresh: bool) -> None:
    limit = timedelta(days=days)
    sampled_at = NOON - limit - beyond
    assert proof_age(sampled_at, NOON) == limit + beyond
    assert is_fresh(sampled_at, NOON, limit) is fresh


def test_what_is_sampled_after_the_arrival_is_no_proof_of_it() -> None:
    assert is_fresh(NOON, NOON, timedelta(days=3))
    assert not is_fresh(NOON + SECOND, NOON, timedelta(days=3))
