"""Which sample settles which test: on both sides of each window, and whatever order samples come in."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.day_count import day_of
from services.registration.rules.plans.settlement import OwedTest, Sample, lies_within, settle
from shared.clock import SHANGHAI
from shared.policy.release import Window
from shared.vocabulary import Result

ZERO = date(2021, 2, 9)
STRICT = Window(clause=("town §16",), days_before=0)
WIDE = Window(clause=("town §16",), days_before=1, days_after=2)


def day(number: int) -> date:
    return ZERO + timedelta(days=number)


def owed(*numbers: int) -> list[OwedTest]:
    return [OwedTest(UUID(int=number), day(number)) for number in numbers]


def sample(
    number: int, hour: int = 9, minute: int = 0, result: Result = Result.NEGATIVE, id: int = 0
) -> Sample:
    at = datetime(ZERO.year, ZERO.month, ZERO.day, hour, minute, tzinfo=SHANGHAI) + timedelta(days=number)
    return Sample(at, UUID(int=1000 + 100 * number + hour + id), result, at + timedelta(hours=8))


def settled(tests: list[OwedTest], samples: list[Sample], window: Window = STRICT) -> dict[int, Sample]:
    return {test_id.int: one for test_id, one in settle(tests, samples, window).settled.items()}


@pytest.mark.parametrize(
    ("taken", "counts"),
    [
        (sample(6, 23, 59), False),
        (sample(7, 0, 0), True),
        (sample(7, 23, 59), True),
        (sample(8, 0, 0), True),
        (sample(300), True),
    ],
)
def test_a_sample_counts_from_the_first_minute_of_the_due_day_on(taken: Sample, counts: bool) -> None:
    assert bool(settled(owed(7), [taken])) is counts


@pytest.mark.parametrize(("number", "counts"), [(5, False), (6, True), (9, True), (10, False)])
def test_a_window_is_the_policys(number: int, counts: bool) -> None:
    assert bool(settled(owed(7), [sample(number)], WIDE)) is counts
    assert lies_within(day(number), day(7), WIDE) is counts


@pytest.mark.requirement("key-occupations")
def test_each_sample_settles_one_test_and_the_first_due_one_first() -> None:
    assert settled(owed(7, 14), [sample(7)]) == {7: sample(7)}
    assert settled(owed(7, 14), [sample(7), sample(14)]) == {7: sample(7), 14: sample(14)}
    assert settled(owed(7, 14), [sample(14)]) == {7: sample(14)}, "what was missed on day 7 is owed still"
    assert settled(owed(7, 14), [sample(14), sample(15)]) == {7: sample(14), 14: sample(15)}


@pytest.mark.parametrize("result", [Result.POSITIVE, Result.INCONCLUSIVE])
def test_only_a_negative_settles(result: Result) -> None:
    assert settled(owed(7), [sample(7, result=result)]) == {}


def test_the_earliest_positive_holds_the_plan_whenever_it_was_taken() -> None:
    early, late = sample(3, result=Result.POSITIVE), sample(8, result=Result.POSITIVE)
    assert settle(owed(7), [late, sample(7), early], STRICT).positive == early
    assert settle(owed(7), [sample(7)], STRICT).positive is None


tests = st.lists(st.integers(0, 30), max_size=6).map(
    lambda numbers: [OwedTest(UUID(int=position), day(number)) for position, number in enumerate(numbers)]
)
samples = st.lists(
    st.builds(
        sample,
        st.integers(-3, 35),
        st.integers(0, 23),
        st.just(0),
        st.sampled_from(Result),
        st.integers(0, 3).map(lambda number: number * 24),
    ),
    max_size=8,
    unique_by=lambda one: one.sample_id,
)
windows = st.builds(
    Window,
    clause=st.just(("town §16",)),
    days_before=st.integers(0, 3),
    days_after=st.none() | st.integers(0, 5),
)


@given(tests, samples, windows, st.randoms())
def test_order_and_repetition_make_no_difference(
    tests: list[OwedTest], samples: list[Sample], window: Window, random: st.DataObject
) -> None:
    once = settle(tests, samples, window)
    shuffled_tests, again = [*tests], [*samples, *samples]
    random.shuffle(shuffled_tests)  # pyright: ignore[reportAttributeAccessIssue]  # a random.Random
    random.shuffle(again)  # pyright: ignore[reportAttributeAccessIssue]
    assert settle(shuffled_tests, again, window) == once


@given(tests, samples, windows)
def test_each_sample_serves_once_within_its_window_and_as_many_tests_as_can_be_are_done(
    tests: list[OwedTest], samples: list[Sample], window: Window
) -> None:
    found = settle(tests, samples, window).settled
    due = {test.test_id: test.due_on for test in tests}
    assert len({one.sample_id for one in found.values()}) == len(found)
    for test_id, one in found.items():
        assert one.result is Result.NEGATIVE
        assert lies_within(day_of(one.sampled_at), due[test_id], window)
    negatives = [day_of(one.sampled_at) for one in samples if one.result is Result.NEGATIVE]
    assert len(found) == _most([test.due_on for test in tests], negatives, window)


def _most(due: list[date], sampled: list[date], window: Window) -> int:
    """How many tests can be settled at most, by trying augmenting paths."""
    taken: dict[int, int] = {}

    def place(test: int, seen: set[int]) -> bool:
        for number, on in enumerate(sampled):
            if number in seen or not lies_within(on, due[test], window):
                continue
            seen.add(number)
            if number not in taken or place(taken[number], seen):
                taken[number] = test
                return True
        return False

    return sum(place(test, set()) for test in range(len(due)))


@given(tests, samples, windows)
def test_a_further_sample_never_undoes_a_test(
    tests: list[OwedTest], samples: list[Sample], window: Window
) -> None:
    if not samples:
        return
    fewer = settle(tests, samples[1:], window).settled
    assert len(settle(tests, samples, window).settled) >= len(fewer)
