"""The level of a stay: the highest that its place had on any of its days, certain or possible."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.plans.risk_area import (
    RiskArea,
    RiskAreaStatement,
    begin,
    days_that_changed,
    merge,
)
from services.registration.rules.plans.risk_level import NO_RISK, RiskLevel, RiskPeriod, level_of_stay

pytestmark = [pytest.mark.requirement("high-risk-area"), pytest.mark.requirement("medium-risk-area")]

COUNTY, TOWNSHIP = "130104", "130104001"
FROM, UNTIL = date(2021, 1, 10), date(2021, 1, 20)
DAY = timedelta(days=1)
LOW, MEDIUM, HIGH, CLOSED = RiskLevel


def a_period(area: str = COUNTY, level: RiskLevel = MEDIUM, until: date | None = UNTIL) -> RiskPeriod:
    return RiskPeriod(area, level, FROM, until)


@pytest.mark.parametrize(
    ("first", "last", "level"),
    [
        (FROM - 5 * DAY, FROM - DAY, LOW),
        (FROM - 5 * DAY, FROM, MEDIUM),
        (FROM, FROM, MEDIUM),
        (UNTIL, UNTIL, MEDIUM),
        (UNTIL, UNTIL + DAY, MEDIUM),
        (UNTIL + DAY, UNTIL + DAY, LOW),
        (FROM - DAY, UNTIL + DAY, MEDIUM),
    ],
)
def test_a_level_counts_on_its_days_both_ends_included(first: date, last: date, level: RiskLevel) -> None:
    assert level_of_stay(COUNTY, first, last, [a_period()]).level is level


def test_without_a_last_day_a_level_stands() -> None:
    later = UNTIL + 300 * DAY
    assert level_of_stay(COUNTY, later, later, [a_period(until=None)]).level is MEDIUM
    assert level_of_stay(COUNTY, FROM - DAY, FROM - DAY, [a_period(until=None)]) == NO_RISK


@pytest.mark.parametrize(
    ("risk", "place", "level", "possible"),
    [
        (COUNTY, COUNTY, MEDIUM, False),
        (COUNTY, TOWNSHIP, MEDIUM, False),
        ("130100", TOWNSHIP, MEDIUM, False),
        (TOWNSHIP, TOWNSHIP, MEDIUM, False),
        (TOWNSHIP, COUNTY, MEDIUM, True),  # known by its county alone, it may have been there
        (TOWNSHIP, "130104002", LOW, False),
        (COUNTY, "130105", LOW, False),
        ("MM", "MM", MEDIUM, False),
        ("MM", "MY", LOW, False),
    ],
)
def test_a_level_covers_what_lies_in_its_area(
    risk: str, place: str, level: RiskLevel, possible: bool
) -> None:
    found = level_of_stay(place, FROM, FROM, [a_period(risk)])
    assert (found.level, found.possible) == (level, possible)


def test_the_highest_level_holds_and_a_certain_one_before_a_possible_one() -> None:
    medium, high, part = a_period(), a_period(level=HIGH), a_period(TOWNSHIP, HIGH)
    assert level_of_stay(COUNTY, FROM, FROM, [medium, high, part]).periods == (high,)
    found = level_of_stay(COUNTY, FROM, FROM, [medium, part])
    assert (found.level, found.possible, found.periods) == (HIGH, True, (part,))
    assert CLOSED.rank > HIGH.rank > MEDIUM.rank > LOW.rank


NOW = datetime(2021, 1, 25, 4, tzinfo=UTC)


def said(minutes: int = 0, *, until: date | None = None, withdrawn_for: str | None = None) -> RiskArea:
    statement = RiskAreaStatement(
        *("500000", COUNTY, "桥西区", MEDIUM, FROM, until, "卫健委"),
        recorded_at=NOW + timedelta(minutes=minutes),
        received_from="key",
        withdrawn_for=withdrawn_for,
    )
    return begin(statement)


@pytest.mark.parametrize(
    ("before", "after", "days"),
    [
        (None, said(), (FROM, None)),
        (None, said(until=UNTIL), (FROM, UNTIL)),
        (said(), said(1), None),
        (said(), said(1, until=UNTIL), (UNTIL + DAY, None)),
        (said(until=UNTIL), said(1), (UNTIL + DAY, None)),
        (said(until=UNTIL), said(1, until=UNTIL + 3 * DAY), (UNTIL + DAY, UNTIL + 3 * DAY)),
        (said(until=UNTIL + 3 * DAY), said(1, until=UNTIL), (UNTIL + DAY, UNTIL + 3 * DAY)),
        (said(until=UNTIL), said(1, until=UNTIL, withdrawn_for="mistyped"), (FROM, UNTIL)),
        (said(withdrawn_for="mistyped"), said(1), (FROM, None)),
        (None, said(withdrawn_for="mistyped"), None),
    ],
)
def test_a_change_matters_on_the_days_that_it_changed(
    before: RiskArea | None, after: RiskArea, days: tuple[date, date | None] | None
) -> None:
    assert days_that_changed(before, after) == days


words = st.builds(
    said,
    st.integers(0, 3),
    until=st.sampled_from([None, UNTIL, UNTIL + DAY]),
    withdrawn_for=st.sampled_from([None, "mistyped"]),
)


@given(
    st.lists(words, min_size=1, max_size=6).flatmap(
        lambda said: st.tuples(st.just(said), st.permutations(said))
    )
)
def test_the_order_of_words_makes_no_difference(orders: tuple[list[RiskArea], list[RiskArea]]) -> None:
    def held(said: list[RiskArea]) -> RiskArea:
        result = said[0]
        for one in [*said, *said]:
            result = merge(result, one)
        return result

    assert held(orders[0]) == held(orders[1])
    assert held(orders[0]).recorded_at == max(one.recorded_at for one in orders[0])
