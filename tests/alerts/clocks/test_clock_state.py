"""The state of a clock on both sides of each limit."""

from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.rules.clock_merge import Fact
from services.alerts.rules.clock_state import State, state_of
from services.alerts.rules.clock_terms import FactKind
from shared.clock import SHANGHAI
from tests.alerts.clocks.facts import NOON, a_clock, a_fact, start, stop, void

DUE = NOON + timedelta(hours=2)
TICK = timedelta(microseconds=1)


@pytest.mark.requirement("direct-report")
@pytest.mark.parametrize(
    ("facts", "now", "state"),
    [
        ([start()], NOON - TICK, State.RUNNING),
        ([start()], NOON, State.RUNNING),
        ([start()], DUE - TICK, State.RUNNING),
        ([start()], DUE, State.RUNNING),
        ([start()], DUE + TICK, State.BREACHED),
        ([start(), stop(NOON)], DUE, State.MET),
        ([start(), stop(DUE - TICK)], DUE + TICK, State.MET),
        ([start(), stop(DUE)], DUE + timedelta(days=9), State.MET),
        ([start(), stop(DUE + TICK)], DUE + TICK, State.MET_LATE),
        ([start(), stop(DUE + TICK)], DUE - TICK, State.MET_LATE),
        ([start(), stop(NOON - timedelta(hours=3))], NOON, State.MET),
        ([start(), void(DUE)], NOON, State.VOID),
        ([start(), stop(DUE + TICK), void(DUE + timedelta(days=2))], DUE, State.VOID),
        ([stop(NOON)], DUE, State.UNSTARTED),
        ([void(NOON)], DUE, State.UNSTARTED),
    ],
)
def test_direct_report_is_in_time_until_its_last_microsecond(
    facts: list[Fact], now: datetime, state: State
) -> None:
    assert state_of(a_clock(facts), now) is state


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type, misc]  # year to microsecond


@pytest.mark.requirement("daily-report")
@pytest.mark.parametrize(
    ("begins", "filed", "state"),
    [
        ((2021, 1, 31, 17), (2021, 2, 1, 16, 59, 59, 999_999), State.MET),
        ((2021, 1, 31, 17), (2021, 2, 1, 17, 0, 0), State.MET),
        ((2021, 1, 31, 17), (2021, 2, 1, 17, 0, 0, 1), State.MET_LATE),
        ((2021, 1, 31, 17), (2021, 1, 31, 17), State.MET),
        ((2021, 1, 31, 16, 59, 59), (2021, 1, 31, 17, 0, 0, 1), State.MET_LATE),
        ((2020, 12, 31, 17), (2021, 1, 1, 16, 59, 59), State.MET),
        ((2020, 2, 28, 17), (2020, 2, 29, 17), State.MET),
        ((2020, 2, 29, 17), (2020, 3, 1, 17), State.MET),
    ],
)
def test_daily_report_is_due_at_17_00_00_in_shanghai(
    begins: tuple[int, ...], filed: tuple[int, ...], state: State
) -> None:
    facts = [
        a_fact(
            FactKind.START,
            shanghai(*begins),
            rule_id="daily-report",
            event_type="alerts.reporting-day-opened",
        ),
        a_fact(
            FactKind.STOP, shanghai(*filed), rule_id="daily-report", event_type="reporting.daily-report-filed"
        ),
    ]
    assert state_of(a_clock(facts), datetime(2022, 1, 1, tzinfo=UTC)) is state
