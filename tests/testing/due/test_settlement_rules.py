"""Which sample settles which due test: on both sides of each window, and whatever order things come in."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.due.settlement import Owed, Swab, Taken, merged, settle
from tests.testing.due.tests_owed import at, day, owed, swab, taken

pytestmark = pytest.mark.requirement("test-all-due")


def settled(tests: list[Owed], swabs: list[Swab]) -> dict[int, int]:
    """Which test (by its number) was settled on which day."""
    found = settle(tests, swabs)
    return {due_id.int: (one.sampled_at.date() - day(0)).days for due_id, one in found.items()}


@pytest.mark.parametrize(
    ("sample", "counts"),
    [
        (Swab(at(6, 23, 59), UUID(int=1)), False),
        (Swab(at(7, 0, 0), UUID(int=1)), True),
        (Swab(at(9, 23, 59), UUID(int=1)), True),
        (Swab(at(10, 0, 0), UUID(int=1)), False),
    ],
)
def test_a_window_holds_its_first_and_its_last_minute_in_shanghai(sample: Swab, counts: bool) -> None:
    assert bool(settle([owed(7, until=9)], [sample])) is counts


def test_a_late_sample_counts_where_no_last_day_is_named() -> None:
    assert settled([owed(7)], [swab(300)]) == {1007: 300}


def test_tests_of_one_series_need_a_day_each_and_the_first_due_goes_first() -> None:
    both = [owed(7), owed(14)]
    assert settled(both, [swab(15)]) == {1007: 15}
    assert settled(both, [swab(15), swab(15, 17)]) == {1007: 15}
    assert settled(both, [swab(15), swab(16)]) == {1007: 15, 1014: 16}


def test_one_swab_serves_several_series() -> None:
    assert settled([owed(7), owed(7, series=2, until=13)], [swab(8)]) == {1007: 8, 2007: 8}


def test_a_mark_of_the_sampler_comes_before_the_order_of_days() -> None:
    first, second = owed(7), owed(14)
    assert settled([first, second], [swab(15, due=second)]) == {1014: 15}
    assert settled([first, second], [swab(15, due=second), swab(16)]) == {1014: 15, 1007: 16}
    assert settled([first, second], [swab(8, due=second)]) == {
        1007: 8
    }  # too early for the one it was marked for


TESTS = st.lists(
    st.builds(
        owed,
        st.integers(0, 20),
        series=st.integers(1, 3),
        until=st.none() | st.integers(15, 25),
    ),
    max_size=6,
    unique_by=lambda test: test.due_id,
)
SWABS = st.lists(st.builds(swab, st.integers(0, 25), st.sampled_from([9, 17])), max_size=8)


@given(TESTS, SWABS, st.randoms())
def test_order_and_repetition_change_nothing(tests: list[Owed], swabs: list[Swab], random: object) -> None:
    shuffled_tests, shuffled = [*tests], [*swabs, *swabs]
    random.shuffle(shuffled_tests)  # type: ignore[attr-defined]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert settle(shuffled_tests, shuffled) == settle(tests, swabs)


@given(TESTS, SWABS)
def test_what_is_settled_lies_within_and_uses_a_day_once(tests: list[Owed], swabs: list[Swab]) -> None:
    found = settle(tests, swabs)
    by_id = {test.due_id: test for test in tests}
    days = [(by_id[due_id].series, one.sampled_at.date()) for due_id, one in found.items()]
    assert len(days) == len(set(days))
    assert all(by_id[due_id].holds(one.sampled_at.date()) for due_id, one in found.items())


@given(TESTS, SWABS)
def test_no_test_is_left_open_that_a_free_day_could_settle(tests: list[Owed], swabs: list[Swab]) -> None:
    found = settle(tests, swabs)
    by_id = {test.due_id: test for test in tests}
    used = {(by_id[due_id].series, one.sampled_at.date()) for due_id, one in found.items()}
    for test in tests:
        free = [
            one
            for one in swabs
            if test.holds(one.sampled_at.date()) and (test.series, one.sampled_at.date()) not in used
        ]
        assert test.due_id in found or not free


TAKEN = st.lists(
    st.builds(
        taken,
        st.sampled_from([at(1), at(2)]),
        st.sampled_from([UUID(int=1), UUID(int=2)]),
        sample_id=st.sampled_from([UUID(int=5), UUID(int=6)]),
        category=st.sampled_from([None, "couriers", "cold-chain-staff"]),
        due_id=st.sampled_from([None, UUID(int=8)]),
        revision=st.integers(1, 3),
        stands=st.booleans(),
    ),
    max_size=6,
)


@given(TAKEN, st.randoms())
def test_one_swab_is_told_of_by_several_and_stays_one(tellings: list[Taken], random: object) -> None:
    shuffled = [*tellings, *tellings]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    once = merged(tellings)
    assert merged(shuffled) == once == merged(once)
    assert len({one.key for one in once}) == len(once)
