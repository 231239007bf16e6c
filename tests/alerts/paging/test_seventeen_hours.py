"""17:00, every unit of the municipality missing: the engine fires in batches while pages are composed."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from services.alerts.actions.open_reporting_day import open_reporting_day
from services.alerts.engine import ClockEngine
from services.alerts.metrics import ClockMetrics
from services.alerts.rules.clock_reporting_day import reporting_day
from tests.alerts.paging.room import LAW, MUNICIPALITY, REGISTER, Room

RULE = "daily-report"
FIVE_PM = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)


@pytest.mark.requirement("daily-report")
async def test_while_the_engine_fires_each_leader_gets_one_page(room: Room) -> None:
    districts = [unit.code for unit in REGISTER.units() if unit.level == "district"]
    room.clock.set(FIVE_PM - timedelta(minutes=1))
    for code in [*districts, MUNICIPALITY]:
        await room.on_duty(f"leader-{code}", "duty-leader", code)
    engines = [
        ClockEngine(
            room.database,
            room.clock,
            LAW,
            ClockMetrics(CollectorRegistry()),
            wake_relay=lambda: None,
            wake_paging=lambda: None,
        )
        for _ in range(2)
    ]
    at = LAW.current.rule(RULE).at
    assert at is not None
    day = reporting_day(date(2021, 2, 1), at)
    await open_reporting_day(
        room.database, REGISTER.units(), day, RULE, LAW, engines[0].meanings, now=day.begins_at
    )
    await engines[0].fire_due()  # the warnings, which page the units' own officers: there are none
    await room.compose()
    before = await room.paged()

    room.clock.set(FIVE_PM)
    fired = asyncio.gather(*(engine.fire_due() for engine in engines))
    while not fired.done():
        await room.compose()
    await room.compose()

    assert sum(await fired) == len(REGISTER.units())
    pages = [page for page in (await room.pages())[len(before) :] if page.occasion == "breach"]
    assert sorted(page.person_key for page in pages) == sorted(
        f"leader-{code}" for code in [*districts, MUNICIPALITY]
    )
    assert sum(page.items for page in pages) == len(REGISTER.units())
