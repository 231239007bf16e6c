"""When a campaign will be done: a table of cases whose answer can be worked out by hand."""

from datetime import datetime, time, timedelta
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.campaigns.forecast import Forecast, Progress, Standing, foretell
from tests.testing.campaigns.works import HOUR, MORNING, real_law

pytestmark = pytest.mark.requirement("mass-testing-capacity")

LAW = real_law().forecast
DAY = [(time(8), time(20))]
WAY, TURNAROUND = 6 * HOUR, 4 * HOUR


def _by_hour(counts: list[int], first: datetime = MORNING) -> dict[datetime, int]:
    return {first + number * HOUR: count for number, count in enumerate(counts) if count}


def _told(
    sampled: list[int],
    resulted: list[int],
    *,
    people: int = 1000,
    hours: int,
    due_hours: int = 48,
    openings: list[tuple[time, time]] | None = None,
    arrived: list[int] | None = None,
) -> Forecast:
    progress = Progress(
        people=people,
        started_at=MORNING,
        due_at=MORNING + due_hours * HOUR,
        sampled=_by_hour(sampled),
        arrived=_by_hour(arrived if arrived is not None else sampled),
        resulted=_by_hour(resulted),
    )
    now = MORNING + hours * HOUR
    return foretell(
        progress,
        LAW,
        openings=openings if openings is not None else DAY,
        way=WAY,
        turnaround=TURNAROUND,
        now=now,
    )


def test_a_steady_pace_gives_the_hour() -> None:
    # a hundred an hour for four hours, six hundred left: sampled six hours later, results at midnight
    told = _told([100] * 4, [], hours=4)
    assert told.standing is Standing.ON_TRACK
    assert told.sampled is not None
    assert told.resulted is not None
    assert told.sampled.middle is not None
    assert abs(told.sampled.middle - (MORNING + 10 * HOUR)) < timedelta(seconds=5)
    assert told.resulted.middle == told.sampled.middle + WAY
    assert told.sampled_per_hour == 100


def test_the_band_is_that_of_the_predicted_sum() -> None:
    told = _told([80, 120, 80, 120], [], hours=4, openings=[], people=10_000, due_hours=400)
    assert told.sampled is not None
    mean, variance, seen, left = 100, 1600 / 3, 4, 9_600
    for share, at in ((0.1, told.sampled.low), (0.9, told.sampled.high)):
        assert at is not None
        hours = (at - (MORNING + 4 * HOUR)) / HOUR
        spread = (variance * (hours + hours**2 / seen)) ** 0.5
        assert NormalDist().cdf((mean * hours - left) / spread) == pytest.approx(share, abs=1e-3)


def test_nights_do_not_count_for_sampling() -> None:
    # 100 an hour from 08:00 to 20:00 is 1,200 a day: 2,000 are done at 16:00 of the second day
    told = _told([100] * 12, [], people=2000, hours=12)
    assert told.sampled is not None
    assert told.sampled.middle is not None
    assert abs(told.sampled.middle - (MORNING + 32 * HOUR)) < timedelta(seconds=5)
    # and looked at again at 03:00 in the night, when nobody has sampled for seven hours, it is the same
    later = _told([100] * 12, [], people=2000, hours=19)
    assert later.sampled is not None
    assert later.sampled.middle is not None
    assert abs(later.sampled.middle - told.sampled.middle) < timedelta(seconds=5)


def test_slow_laboratories_hold_the_finish_up() -> None:
    told = _told([250] * 4, [0, 10, 10, 10], hours=4)  # all sampled, 970 left at ten an hour
    assert told.standing is Standing.BEHIND
    assert told.resulted is not None
    assert told.resulted.middle is not None
    assert abs(told.resulted.middle - (MORNING + 101 * HOUR)) < timedelta(seconds=5)


def test_a_standstill_is_seen_as_one() -> None:
    told = _told([100] * 3, [0] * 5 + [50, 50, *[0] * 7], hours=14, arrived=[100, 100, 100])
    assert told.standing is Standing.BEHIND
    assert told.resulted is not None
    assert told.resulted.middle is None  # nothing for the last six hours although tubes wait
    assert told.resulted_per_hour == 0


def test_a_laboratory_that_has_just_begun_is_not_standing_still() -> None:
    told = _told([100] * 4, [], hours=5)
    assert (told.standing, told.resulted_per_hour) == (Standing.ON_TRACK, None)
    assert _told([100] * 4, [], hours=6).resulted_per_hour == 0  # an hour in which results were owed


def test_an_idle_laboratory_that_has_nothing_to_do_is_not_slow() -> None:
    # by night nothing arrives: the bench has done all that came, at a hundred an hour
    told = _told([100] * 4, [0] * 5 + [100] * 4, people=800, hours=12, openings=[])
    assert told.resulted_per_hour == 100


@pytest.mark.parametrize(
    ("sampled", "resulted", "hours", "standing"),
    [
        ([], [], 0, Standing.UNKNOWN),
        ([10], [], 0, Standing.UNKNOWN),
        ([1000], [1000], 1, Standing.DONE),
        ([1000], [], 1, Standing.UNKNOWN),  # everybody sampled, no result yet
        ([20], [], 1, Standing.BEHIND),
        ([50], [], 1, Standing.ON_TRACK),
        ([500], [400], 49, Standing.BEHIND),  # the limit is over
    ],
)
def test_how_a_campaign_stands(
    sampled: list[int], resulted: list[int], hours: int, standing: Standing
) -> None:
    assert _told(sampled, resulted, hours=hours).standing is standing


def test_exactly_at_the_limit_is_on_track() -> None:
    told = _told([100] * 4, [], hours=4, due_hours=16)
    assert told.resulted is not None
    assert told.resulted.middle is not None
    due = told.resulted.middle
    assert due <= MORNING + 16 * HOUR + timedelta(seconds=5)


@given(
    st.lists(st.integers(0, 300), min_size=2, max_size=12),
    st.integers(1, 100_000),
    st.integers(0, 6),
)
def test_the_band_is_in_order_and_never_lies_in_the_past(sampled: list[int], people: int, idle: int) -> None:
    hours = len(sampled) + idle
    told = _told(sampled, [], people=sum(sampled) + people, hours=hours, openings=[])
    for band in (told.sampled, told.resulted):
        if band is not None:
            known = [at for at in (band.low, band.middle, band.high) if at is not None]
            assert known == sorted(known)
            assert all(at >= MORNING + hours * HOUR for at in known)
            assert band.low is not None or band.middle is None
            assert band.middle is not None or band.high is None
