"""What pooling costs: the formula against every way to be positive, and against figures long published."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.rules.campaigns.pool_size import (
    SIZES,
    advise,
    best_size,
    chance_of_positive,
    cost_of,
    cost_per_person,
)

pytestmark = pytest.mark.requirement("mass-testing-capacity")

PREVALENCES = [Fraction(0), Fraction(1, 1000), Fraction(1, 50), Fraction(3, 10), Fraction(1, 2), Fraction(1)]


def counted(people: int, size: int, prevalence: Fraction) -> tuple[Fraction, Fraction]:
    """Tests of both stages and positive tubes, on the average over every way to be positive."""
    tests = positive_tubes = Fraction(0)
    for way in product((False, True), repeat=people):
        chance = Fraction(1)
        for is_positive in way:
            chance *= prevalence if is_positive else 1 - prevalence
        for first in range(0, people, size):
            pool = way[first : first + size]
            tests += chance * (1 + (len(pool) if len(pool) > 1 and any(pool) else 0))
            positive_tubes += chance * any(pool)
    return tests, positive_tubes


@pytest.mark.parametrize("prevalence", PREVALENCES, ids=str)
@pytest.mark.parametrize("people", [1, 2, 6, 9])
@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_the_formula_is_the_mean_over_every_way_to_be_positive(
    people: int, size: int, prevalence: Fraction
) -> None:
    tests, positive_tubes = counted(people, size, prevalence)
    cost = cost_of(people, size, float(prevalence))
    assert cost.tests == pytest.approx(float(tests), rel=1e-12)
    assert cost.positive_tubes == pytest.approx(float(positive_tubes), rel=1e-12, abs=1e-15)
    assert cost.tests_per_person * people == pytest.approx(float(tests), rel=1e-12)


@pytest.mark.parametrize(
    ("percent", "size", "relative_cost"),
    [
        *((1, 11, 20), (2, 8, 27), (3, 6, 33), (4, 6, 38), (5, 5, 43), (6, 5, 47), (8, 4, 53), (9, 4, 56)),
        *((10, 4, 59), (12, 4, 65), (13, 3, 67), (15, 3, 72), (20, 3, 82), (25, 3, 91), (30, 3, 99)),
    ],
)
def test_the_best_sizes_are_those_of_dorfmans_table(percent: int, size: int, relative_cost: int) -> None:
    prevalence = percent / 100
    assert best_size(prevalence, range(1, 101)) == size
    assert round(100 * cost_per_person(size, prevalence)) == relative_cost


def test_where_many_are_positive_nobody_is_pooled() -> None:
    limit = 1 - (1 / 3) ** (1 / 3)
    assert best_size(limit - 1e-6, range(1, 101)) == 3
    assert best_size(limit + 1e-6, range(1, 101)) == 1


@given(st.floats(0, 1), st.integers(1, 40))
def test_no_other_size_costs_less(prevalence: float, largest: int) -> None:
    sizes = range(1, largest + 1)
    best = cost_per_person(best_size(prevalence, sizes), prevalence)
    assert all(best <= cost_per_person(size, prevalence) for size in sizes)


@given(st.floats(0, 1), st.integers(0, 3_000), st.sampled_from(SIZES))
def test_the_advice_is_what_costs_least_of_the_tubes_that_there_are(
    prevalence: float, people: int, chosen: int
) -> None:
    advice = advise(people, chosen, prevalence)
    assert [cost.size for cost in advice.costs] == list(SIZES)
    by_size = {cost.size: cost.tests for cost in advice.costs}
    assert by_size[advice.best_size] == min(by_size.values())
    assert advice.spared >= 0
    assert all(0 <= cost.retests <= people for cost in advice.costs)


def test_one_in_a_million_is_not_lost_in_rounding() -> None:
    assert chance_of_positive(10, 1e-12) == pytest.approx(1e-11, rel=1e-9)
    assert best_size(1e-12) == 20
    assert [best_size(share) for share in (0.001, 0.01, 0.05, 0.35)] == [20, 10, 5, 1]
