"""Reporting days: their limits to the microsecond, and the clocks of every unit for each of them."""

import asyncio
from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest

from services.alerts.clock_timers import OPENING_GRACE, ClockDuties
from services.alerts.rules.clock_reporting_day import current_day, days_to_open
from shared.clock import SHANGHAI
from shared.divisions import Division
from tests.alerts.clocks.conftest import ClockRoom, engine_on
from tests.alerts.clocks.facts import NOON

AT = time(17)
UNITS = [Division(f"50010410{number:04d}", f"村{number}", "village", None) for number in range(2001, 2041)]
DAY = timedelta(days=1)

pytestmark = pytest.mark.requirement("daily-report")


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2021, 2, 1, 16, 59, 59, 999_999, SHANGHAI), date(2021, 2, 1)),
        (datetime(2021, 2, 1, 17, 0, 0, 0, SHANGHAI), date(2021, 2, 2)),
        (datetime(2021, 2, 1, 17, 0, 0, 1, SHANGHAI), date(2021, 2, 2)),
        (datetime(2021, 2, 1, 23, 59, 59, 0, SHANGHAI), date(2021, 2, 2)),
        (datetime(2021, 2, 2, 0, 0, 0, 0, SHANGHAI), date(2021, 2, 2)),
        (datetime(2020, 12, 31, 17, 0, 0, 0, SHANGHAI), date(2021, 1, 1)),
        (datetime(2020, 2, 28, 17, 0, 0, 0, SHANGHAI), date(2020, 2, 29)),
    ],
)
def test_a_day_runs_from_17_00_00_to_17_00_00_and_is_named_by_its_end(now: datetime, day: date) -> None:
    found = current_day(AT, now)
    assert found.day == day
    assert found.ends_at == datetime.combine(day, AT, SHANGHAI)
    assert found.begins_at <= now < found.ends_at


def test_days_missed_while_everything_was_down_are_opened_and_none_twice() -> None:
    assert [day.day.day for day in days_to_open(None, AT, NOON)] == [1]
    assert [day.day.day for day in days_to_open(date(2021, 2, 1), AT, NOON)] == []
    assert [day.day.day for day in days_to_open(date(2021, 2, 1), AT, NOON + 3 * DAY)] == [2, 3, 4]
    assert [day.day.day for day in days_to_open(date(2021, 2, 9), AT, NOON)] == []


async def test_every_unit_has_one_clock_for_each_day_whoever_opens_it(room: ClockRoom) -> None:
    others = [engine_on(room.database, room.clock, room.law, room.woken)[0] for _ in range(2)]
    duties = [ClockDuties(engine, UNITS) for engine in (room.engine, *others)]
    await asyncio.gather(*(duty.open_days_once() for duty in duties))
    clocks = await room.rows("SELECT * FROM clock")
    assert sorted(clock["subject"] for clock in clocks) == [f"{unit.code}:2021-02-01" for unit in UNITS]
    assert {(clock["started_at"], clock["due_at"]) for clock in clocks} == {
        (datetime(2021, 1, 31, 17, tzinfo=SHANGHAI), datetime(2021, 2, 1, 17, tzinfo=SHANGHAI))
    }
    assert await room.told() == ["alerts.clock-started"] * len(UNITS)
    assert room.woken.count("relay") >= 1


async def test_what_was_missed_is_overdue_not_forgotten(room: ClockRoom) -> None:
    duties = ClockDuties(room.engine, UNITS)
    await duties.open_days_once()
    await room.fire(2 * DAY)
    await duties.open_days_once()
    await room.fire()
    breached = await room.rows("SELECT * FROM clock_step WHERE kind = 'breach'")
    assert len(breached) == 2 * len(UNITS)
    running = await room.rows("SELECT * FROM clock_timer")
    assert len(running) == len(UNITS)


async def test_the_next_day_is_slept_towards_and_opened_after_a_breath(room: ClockRoom) -> None:
    duties = ClockDuties(room.engine, UNITS)
    room.clock.set(datetime(2021, 2, 1, 16, 59, 50, tzinfo=SHANGHAI))
    assert await duties.open_days_once() == pytest.approx(10 + OPENING_GRACE.total_seconds())
    room.clock.set(datetime(2021, 2, 1, 17, tzinfo=SHANGHAI))
    await duties.open_days_once()
    assert len(await room.rows("SELECT DISTINCT due_at FROM clock")) == 1
    room.clock.advance(OPENING_GRACE)
    assert await duties.open_days_once() == 60
    assert len(await room.rows("SELECT DISTINCT due_at FROM clock")) == 2


async def test_figures_show_what_is_open_and_what_is_overdue(room: ClockRoom) -> None:
    duties = ClockDuties(room.engine, UNITS)
    await duties.open_days_once()
    room.clock.set(datetime(2021, 2, 1, 18, tzinfo=SHANGHAI))
    await duties.take_figures_once()
    by_district = Counter(unit.code[:6] for unit in UNITS)
    overdue = {"rule": "daily-report", "state": "breached"}
    assert {
        code: room.figure("alerts_clocks_open", **overdue, district=code) for code in by_district
    } == by_district
    assert room.figure("alerts_clocks_open", rule="daily-report", state="running", district="500104") == 0
    assert room.figure("alerts_clock_oldest_overdue_seconds", rule="daily-report", district="500104") == 3600
    assert room.figure("alerts_clock_oldest_overdue_seconds", rule="review", district="500104") == 0
    unit = UNITS[0]
    assert room.figure("alerts_clocks_overdue_by_unit", unit=unit.code[:9], name=unit.code[:9]) == len(UNITS)
    assert room.figure("alerts_clock_oldest_unfired_seconds") == 2.5 * 3600


async def test_running_clocks_are_parted_by_the_time_that_is_left(room: ClockRoom) -> None:
    duties = ClockDuties(room.engine, UNITS)
    await duties.open_days_once()
    expected = {
        datetime(2021, 2, 1, 4, 59, tzinfo=SHANGHAI): "over-12h",
        datetime(2021, 2, 1, 5, 0, 1, tzinfo=SHANGHAI): "under-12h",
        datetime(2021, 2, 1, 15, 1, tzinfo=SHANGHAI): "under-2h",
        datetime(2021, 2, 1, 16, 31, tzinfo=SHANGHAI): "under-30m",
        datetime(2021, 2, 1, 17, tzinfo=SHANGHAI): "under-30m",
    }
    for now, left in expected.items():
        room.clock.set(now)
        await duties.take_figures_once()
        shown = {
            name: room.figure("alerts_clocks_running", rule="daily-report", left=name)
            for name in ("under-30m", "under-2h", "under-12h", "over-12h")
        }
        assert shown == {**dict.fromkeys(shown, 0), left: len(UNITS)}, now


async def test_breaches_are_counted_by_district_from_zero_on(room: ClockRoom) -> None:
    duties = ClockDuties(room.engine, UNITS)
    await duties.open_days_once()
    await duties.take_figures_once()
    series = {"rule": "daily-report", "district": "500104"}
    assert room.registry.get_sample_value("alerts_clocks_breached_total", series) == 0
    assert room.registry.get_sample_value("alerts_clocks_closed_total", {**series, "state": "met"}) == 0
    room.clock.set(datetime(2021, 2, 1, 17, 0, 1, tzinfo=SHANGHAI))
    await room.engine.fire_due()
    assert room.figure("alerts_clocks_breached_total", **series) == len(UNITS)
