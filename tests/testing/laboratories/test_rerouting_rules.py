"""Where tubes go: to the nearest with capacity to spare, never more than it can take."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.laboratories.rerouting import Candidate, OpenTube, distance, route
from services.testing.rules.laboratories.stages import stages_of
from services.testing.rules.laboratories.turnaround import Stage
from services.testing.rules.tubes.chain import StepKind

pytestmark = pytest.mark.requirement("testing-resources")

VILLAGE = "500104102001"


def tubes(number: int, at: str = VILLAGE) -> list[OpenTube]:
    return [OpenTube(UUID(int=one), VILLAGE, at, "failed", UUID(int=0)) for one in range(number)]


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (VILLAGE, "500104102", 0),
        (VILLAGE, "500104102002", 0),
        (VILLAGE, "500104103001", 1),
        (VILLAGE, "500104", 1),
        (VILLAGE, "500107", 2),
        (VILLAGE, "500000", 2),
        (VILLAGE, "510104102001", 3),
    ],
)
def test_divisions_are_as_far_apart_as_what_holds_both_is_high(one: str, other: str, wanted: int) -> None:
    assert distance(one, other) == distance(other, one) == wanted


def test_the_nearest_is_filled_first_then_whoever_has_most_to_spare() -> None:
    candidates = [
        Candidate("far-much", "500107", 5),
        Candidate("far-little", "500108", 2),
        Candidate("near", "500104", 2),
        Candidate("failed", "500104", 100),
        Candidate("full", "500104", 0),
    ]
    went = [one.to for one in route(tubes(12), candidates)]
    assert went[:5] == ["near", "near", "far-much", "far-much", "far-much"]
    assert Counter(went) == {"near": 2, "far-much": 5, "far-little": 2}


def test_a_tube_is_as_near_as_where_it_is_now() -> None:
    candidates = [Candidate("a", "500104", 9), Candidate("b", "500107", 9)]
    assert [one.to for one in route(tubes(1), candidates)] == ["a"]
    assert [one.to for one in route(tubes(1, "500107"), candidates)] == ["b"]


CANDIDATES = st.lists(
    st.tuples(st.sampled_from(["500104", "500107", "500104102", "510000"]), st.integers(0, 6)), max_size=6
)


@given(st.integers(0, 30), CANDIDATES)
def test_nobody_gets_more_than_they_can_take_and_nothing_waits_that_somebody_could(
    number: int, places: list[tuple[str, int]]
) -> None:
    candidates = [Candidate(f"l{at}", division, free) for at, (division, free) in enumerate(places)]
    routes = route(tubes(number), candidates)
    taken = Counter(one.to for one in routes)
    assert all(taken[one.code] <= one.free for one in candidates)
    assert len(routes) == min(number, sum(one.free for one in candidates))
    far = [
        distance(VILLAGE, next(one.division for one in candidates if one.code == done.to)) for done in routes
    ]
    assert far == sorted(far)
    assert route(tubes(number), candidates) == routes


def test_a_stage_is_counted_where_both_its_ends_are_known_and_in_order() -> None:
    opened = datetime(2021, 2, 1, tzinfo=UTC)
    hour = timedelta(hours=1)
    first = {StepKind.RECEIVED: opened + 2 * hour, StepKind.RUN: opened + 3 * hour}
    assert stages_of(opened, first, None) == {}
    assert stages_of(opened, first, opened + 7 * hour) == {
        Stage.TRANSPORT: 7200,
        Stage.WAITING: 3600,
        Stage.RUNNING: 4 * 3600,
    }
    odd = {StepKind.RECEIVED: opened + 5 * hour, StepKind.RUN: opened + 3 * hour}
    assert set(stages_of(opened, odd, opened + 7 * hour)) == {Stage.TRANSPORT, Stage.RUNNING}
    assert stages_of(opened, {}, opened + 7 * hour) == {}
