"""Counting by differences: whatever happens to a tube in whatever order, the figures are those of its end."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.campaigns.counting import (
    NOTHING,
    CountKey,
    Counts,
    TubeFigures,
    contributions,
    differences,
    hour_of,
)
from shared.vocabulary import Result
from tests.testing.campaigns.works import HOUR, MORNING

CAMPAIGN = UUID(int=1)

instants = st.none() | st.integers(0, 300).map(lambda minutes: MORNING + timedelta(minutes=minutes))
tubes = st.builds(
    TubeFigures,
    campaign_id=st.sampled_from([CAMPAIGN, UUID(int=2), None]),
    division=st.sampled_from(["500104102001", "500104102002"]),
    point=st.sampled_from(["p-1", "p-2", None]),
    opened_at=st.just(MORNING),
    members=st.integers(0, 20),
    arrived_at=instants,
    laboratory=st.sampled_from(["lab-1", "lab-2", None]),
    resulted_at=instants,
    result=st.sampled_from([None, *Result]),
)


def test_a_positive_pool_is_counted_at_each_stage_in_its_hour() -> None:
    tube = TubeFigures(
        CAMPAIGN,
        "500104102001",
        "p-1",
        MORNING + timedelta(minutes=59),
        10,
        MORNING + 3 * HOUR,
        "lab-1",
        MORNING + 7 * HOUR,
        Result.POSITIVE,
    )
    place = (CAMPAIGN, "500104102001", "p-1")
    assert dict(contributions(tube)) == {
        CountKey(*place, "", hour_of(MORNING)): Counts(sampled_tubes=1, sampled_people=10),
        CountKey(*place, "lab-1", hour_of(MORNING + 3 * HOUR)): Counts(arrived_tubes=1, arrived_people=10),
        CountKey(*place, "lab-1", hour_of(MORNING + 7 * HOUR)): Counts(
            resulted_tubes=1, resulted_people=10, positive_tubes=1
        ),
    }


@given(st.lists(tubes, min_size=1, max_size=8))
def test_differences_add_up_to_what_the_tube_is_in_the_end(states: list[TubeFigures]) -> None:
    total: dict[CountKey, Counts] = {}
    before: TubeFigures | None = None
    for after in states:
        for key, counts in differences([(before, after)]).items():
            total[key] = total.get(key, NOTHING).plus(counts)
        before = after
    expected: dict[CountKey, Counts] = {}
    for key, counts in contributions(states[-1]):
        expected[key] = expected.get(key, NOTHING).plus(counts)
    assert {key: counts for key, counts in total.items() if counts != NOTHING} == expected


@given(tubes)
def test_the_same_again_counts_nothing(tube: TubeFigures) -> None:
    assert differences([(tube, tube)]) == {}
