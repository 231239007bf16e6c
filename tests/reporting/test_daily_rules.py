"""The reporting day at both sides of its hour, and what a unit may state."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.rules.daily_figures import problems_of_statement
from services.reporting.rules.law import law_of
from services.reporting.rules.missing_units import counts_by_level, missing_units
from services.reporting.rules.reporting_day import day_of, due_at, is_on_time, problems_of_day
from shared.clock import SHANGHAI
from shared.divisions import Division
from shared.policy import load_pack
from shared.settings import PROJECT

pytestmark = pytest.mark.requirement("daily-report")

ENDS = time(17)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2021-02-01T16:59:59.999999", "2021-02-01"),
        ("2021-02-01T17:00:00", "2021-02-01"),
        ("2021-02-01T17:00:00.000001", "2021-02-02"),
        ("2021-02-01T23:59:59.999999", "2021-02-02"),
        ("2021-02-02T00:00:00", "2021-02-02"),
        ("2021-12-31T17:00:00", "2021-12-31"),
        ("2021-12-31T17:00:00.000001", "2022-01-01"),
        ("2022-01-01T00:00:00", "2022-01-01"),
        ("2020-02-28T17:00:00.000001", "2020-02-29"),
        ("2020-02-29T17:00:00", "2020-02-29"),
        ("2020-02-29T17:00:00.000001", "2020-03-01"),
        ("2021-02-28T17:00:00.000001", "2021-03-01"),
    ],
)
def test_a_day_is_named_by_the_date_of_the_hour_that_ends_it(instant: str, day: str) -> None:
    assert day_of(at(instant), ENDS) == date.fromisoformat(day)
    assert day_of(at(instant).astimezone(UTC), ENDS) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("received", "on_time"),
    [
        ("2021-02-01T16:59:59.999999", True),
        ("2021-02-01T17:00:00", True),
        ("2021-02-01T17:00:00.000001", False),
    ],
)
def test_what_is_received_at_exactly_the_hour_is_on_time(received: str, on_time: bool) -> None:
    assert is_on_time(date(2021, 2, 1), at(received), ENDS) is on_time


@given(
    since=st.timedeltas(timedelta(0), timedelta(days=36500)),
    ends=st.times(),
)
def test_every_instant_lies_in_exactly_one_day(since: timedelta, ends: time) -> None:
    instant = datetime(2000, 1, 1, tzinfo=UTC) + since
    day = day_of(instant, ends)
    assert due_at(day - timedelta(days=1), ends) < instant <= due_at(day, ends)


@pytest.mark.parametrize(
    ("day", "now", "refused"),
    [
        ("2021-02-01", "2021-02-01T17:00:00", False),
        ("2021-02-02", "2021-02-01T17:00:00", True),
        ("2021-02-02", "2021-02-01T17:00:00.000001", False),
        ("2021-01-01", "2021-02-01T17:00:00", False),
        ("2020-12-31", "2021-02-01T17:00:00", True),
        ("2021-01-01", "2021-02-01T17:00:00.000001", True),
        ("0001-01-01", "2021-02-01T12:00:00", True),
        ("9999-12-31", "2021-02-01T12:00:00", True),
    ],
)
def test_which_days_can_be_reported_now(day: str, now: str, refused: bool) -> None:
    problems = problems_of_day(date.fromisoformat(day), at(now), ENDS)
    assert [problem.field for problem in problems] == ["day"] * refused


FIGURES = {"new_returnees": 0, "under_quarantine": 0, "symptomatic": 0, "tests_done": 0}


@pytest.mark.parametrize(
    ("figures", "zero", "fields"),
    [(FIGURES, False, []), (None, True, []), (FIGURES, True, ["zero"]), (None, False, ["figures"])],
)
def test_figures_or_zero_never_both_and_never_neither(
    figures: dict[str, int] | None, zero: bool, fields: list[str]
) -> None:
    assert [problem.field for problem in problems_of_statement(figures, zero)] == fields  # pyright: ignore[reportArgumentType]  # its keys are the names


UNITS = [
    Division("500000", "重庆市", "municipality", None),
    Division("500104", "大渡口区", "district", "500000"),
    Division("500104102", "建胜镇", "township", "500104"),
    Division("500104102002", "乙村", "village", "500104102"),
    Division("500104102001", "甲村", "village", "500104102"),
]


@given(filed=st.sets(st.sampled_from([unit.code for unit in UNITS])))
def test_who_has_not_filed_is_missing_and_never_zero(filed: set[str]) -> None:
    missing = [unit.code for unit in missing_units(UNITS, filed)]
    counts = counts_by_level(UNITS, filed)
    assert missing == sorted(missing)
    assert set(missing) | filed == {unit.code for unit in UNITS}
    assert not set(missing) & filed
    assert sum(count.missing for count in counts.values()) == len(missing)
    assert counts["village"].units == 2


def test_the_law_gives_the_hour_and_the_clauses() -> None:
    law = law_of(load_pack(PROJECT / "policies" / "chongqing-2021-winter"))
    assert law.day_ends == ENDS
    assert law.case_order_clause == "渡建胜肺炎组发〔2021〕2号 §19; 渝肺炎组发〔2021〕1号 §20"
