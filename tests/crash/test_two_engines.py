"""Two alerts processes at 17:00 with every unit of the municipality missing: one page for each duty leader.

At the same instant the next reporting day begins, and both processes open it: 12,340 more clocks.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.alerts.actions.compose_pages import compose_pages
from services.alerts.actions.fire_due_steps import fire_due_steps
from services.alerts.actions.open_reporting_day import open_reporting_day
from services.alerts.rules.clock_facts import Meanings
from services.alerts.rules.clock_reporting_day import current_day
from shared.divisions import subtree_bounds
from shared.postgres import Database
from tests.alerts.paging.room import LAW, PATIENCE, REGISTER, Room
from tests.clocks import MovableClock
from tests.crash.findings import attempts_handed_over
from tests.servers import ServiceProcess
from tests.waiting import until

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(280),
    pytest.mark.xdist_group("crash"),
    pytest.mark.requirement("daily-report"),
]

MORNING = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
AFTER_THE_WARNINGS = datetime(2021, 2, 1, 8, 20, tzinfo=UTC)
BEFORE_THE_LIMIT = datetime(2021, 2, 1, 8, 59, 45, tzinfo=UTC)
LIMIT = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
UNITS = REGISTER.units()
DISTRICTS = [unit.code for unit in UNITS if unit.level == "district"]
BELOW_A_DISTRICT = [unit for unit in UNITS if unit.level != "municipality"]

BREACHES = """
SELECT count(*) AS steps, count(DISTINCT clock_id) AS clocks, max(late_seconds) AS latest
FROM clock_step WHERE kind = 'breach'
"""
LISTED = """
SELECT person.key, page.id, page.items, array_agg(clock.subject) AS subjects, min(item.rung) AS rung
FROM page JOIN duty_person AS person ON person.id = page.person_id
JOIN page_item AS item ON item.page_id = page.id JOIN clock ON clock.id = item.clock_id
WHERE item.occasion = 'breach'
GROUP BY person.key, page.id
"""
UNFINISHED = """
SELECT (SELECT count(*) FROM page_request WHERE composed_at IS NULL)
    + (SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending'))
"""


@pytest.fixture
async def room(database_url: str) -> AsyncIterator[Room]:
    """The alerts schema on the morning of a day that every unit has begun and nobody has reported."""
    database = await Database.open(database_url, "alerts")
    clock = MovableClock(MORNING)
    room = Room(database, clock)
    for district in DISTRICTS:
        await room.on_duty(f"leader-{district}", "duty-leader", district)
    rule = next(rule for pack in LAW.packs for rule in pack.clocks if rule.id == "daily-report")
    assert rule.at is not None
    day = current_day(rule.at, clock.now())
    await open_reporting_day(database, UNITS, day, rule.id, LAW, Meanings(LAW.packs), now=clock.now())
    clock.set(AFTER_THE_WARNINGS)
    while await fire_due_steps(database, now=clock.now()):
        pass
    await compose_pages(database, REGISTER, room.law, now=clock.now(), patience=PATIENCE)
    await room.deliver()
    yield room
    await database.close()


async def test_every_leader_gets_one_page_that_lists_all_of_the_district(
    room: Room, start_service: Callable[..., Awaitable[ServiceProcess]]
) -> None:
    before = len(await room.pages())
    settings = {
        "DUTYCLOCK_CLOCK_ORIGIN": BEFORE_THE_LIMIT.isoformat(),
        "DUTYCLOCK_CLOCK_ANCHOR": datetime.now(UTC).isoformat(),
    }
    engines = [await start_service("alerts", **settings) for _ in range(2)]

    async def all_breached() -> dict[str, Any] | None:
        (row,) = await room.rows(BREACHES)
        return row if row["steps"] == len(UNITS) else None

    breaches = await until(all_breached, seconds=120, every_seconds=0.2, what="12,340 breaches")
    assert breaches["clocks"] == len(UNITS)

    async def finished() -> bool:
        next_day = await room.rows("SELECT count(*) AS days FROM reporting_day")
        (left,) = await room.rows(UNFINISHED)
        return next_day[0]["days"] == 2 and not any(left.values())

    await until(finished, seconds=120, every_seconds=0.2, what="everything composed and delivered")
    print(f"the last breach was noticed {breaches['latest']:.2f} s after the limit")

    listed = await room.rows(LISTED)
    assert Counter(row["key"] for row in listed) == Counter(f"leader-{code}" for code in DISTRICTS)
    assert sum(row["items"] for row in listed) == len(BELOW_A_DISTRICT)
    for row in listed:
        low, high = subtree_bounds(row["key"].removeprefix("leader-"))
        expected = {f"{unit.code}/2021-02-01" for unit in UNITS if low <= unit.code < high}
        assert {subject.replace(":", "/") for subject in row["subjects"]} == expected
        assert row["rung"] == 2, "the search for a leader went up from the township"
    assert len(await room.pages()) == before + len(DISTRICTS), "no page beside these"

    handed = attempts_handed_over([engine.log for engine in engines])
    assert sorted(handed.values()) == [1] * len(DISTRICTS), "each was handed over once, by one of the two"
    gaps = await room.rows("SELECT DISTINCT division FROM duty_gap WHERE last_seen_at >= $1", LIMIT)
    assert gaps == [{"division": "500000"}], "the municipality itself has no leader on duty"
    assert timedelta(seconds=breaches["latest"]) < timedelta(seconds=60)
