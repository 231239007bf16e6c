"""Silence is noticed once a day by the world's clock, told once, and ends with a report."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.registration.actions.sentinels.notice_silence import notice_silence, take_figures
from services.registration.actions.sentinels.record_symptom_reports import (
    keep_symptom_reports,
    record_symptom_reports,
)
from services.registration.actions.sentinels.register_sentinel import close_sentinel, register_sentinel
from services.registration.rules.sentinels.sentinel import Sentinel, SentinelKind
from services.registration.rules.sentinels.symptom_report import SymptomStatement, reference_of_sale
from services.registration.service import surveillance_law
from services.registration.storage import sentinels
from services.registration.storage.sentinels import CodeWindow, OpenSilence
from shared.contracts.registration import SentinelSilenceEnded
from shared.divisions import subtree_bounds
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from shared.vocabulary import Symptom
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.clocks import MovableClock

pytestmark = pytest.mark.requirement("sentinel-report")

LAW = surveillance_law(load_pack(PROJECT / "policies" / "chongqing-2021-winter")).silence
TOWN = subtree_bounds(JIANSHENG)
DAY = timedelta(days=1)
OPENED = datetime(2021, 1, 1, tzinfo=UTC)


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    opened = await Database.open(service_database_url("registration"), "registration", size=8)
    yield opened
    await opened.close()


async def register(database: Database, code: str) -> None:
    clinic = Sentinel(code, A_VILLAGE, SentinelKind.VILLAGE_CLINIC, "一村卫生室", None, OPENED)
    await register_sentinel(database, clinic, b"sealed", bounds=TOWN, received_from="key")


def seen(code: str, at: datetime, division: str = A_VILLAGE) -> SymptomStatement:
    return SymptomStatement(
        f"S-{at.isoformat()}", code, division, frozenset({Symptom.FEVER}), at, None, at, at, "key"
    )


async def daily_reports(database: Database, code: str, last: datetime) -> None:
    statements = [seen(code, last - number * DAY) for number in range(28)]
    await record_symptom_reports(database, statements, now=last)


async def silent(database: Database) -> list[OpenSilence]:
    async with database.connection() as connection:
        return await sentinels.silences(connection, CodeWindow(TOWN, 100))


async def ends(database: Database) -> list[tuple[str, str, str]]:
    """Whose silence was told to be over, since when it had lasted, and why."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT body FROM outbox WHERE subject LIKE 'registration.sentinel-silence-ended.%' ORDER BY id"
        )
    told = [SentinelSilenceEnded.model_validate_json(bytes(row["body"])) for row in rows]
    return [(one.sentinel, one.quiet_since.isoformat(), one.reason_code) for one in told]


async def events(database: Database) -> list[str]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT subject FROM outbox WHERE subject LIKE '%sentinel-silent%'")
    return [row["subject"] for row in rows]


async def test_it_is_noticed_on_its_day_at_its_hour_and_told_once(
    database: Database, movable_clock: MovableClock
) -> None:
    await register(database, "clinic-1")
    await daily_reports(database, "clinic-1", movable_clock.now())  # the last on 1 February
    too_early = (
        datetime(2021, 2, 4, 1, 0, tzinfo=UTC),
        datetime(2021, 2, 4, 15, 59, 59, tzinfo=UTC),
        datetime(2021, 2, 5, 0, 59, 59, tzinfo=UTC),
    )
    for now in too_early:
        await notice_silence(database, LAW, now=movable_clock.set(now))
        assert await silent(database) == [], now
    movable_clock.set(datetime(2021, 2, 5, 1, 0, tzinfo=UTC))
    await notice_silence(database, LAW, now=movable_clock.now())
    (found,) = await silent(database)
    assert (found.code, found.silence.quiet_since, found.silence.quiet_days) == (
        "clinic-1",
        date(2021, 2, 2),
        3,
    )
    for _ in range(3):
        await notice_silence(database, LAW, now=movable_clock.advance(DAY))
    assert len(await silent(database)) == 1
    assert await events(database) == ["registration.sentinel-silent.50.0104.102.001"]


async def test_a_report_ends_it_and_another_town_s_does_not(
    database: Database, movable_clock: MovableClock
) -> None:
    await register(database, "clinic-1")
    await daily_reports(database, "clinic-1", movable_clock.now())
    now = movable_clock.advance(5 * DAY)
    await notice_silence(database, LAW, now=now)
    for elsewhere in (seen("clinic-1", now, OUTSIDE), seen("clinic-1", now - 5 * DAY - timedelta(hours=1))):
        await record_symptom_reports(database, [elsewhere], now=now)
        assert len(await silent(database)) == 1
    assert await ends(database) == []
    for _ in range(2):
        await record_symptom_reports(database, [seen("clinic-1", now, ANOTHER_VILLAGE)], now=now)
    assert await silent(database) == []
    assert await ends(database) == [("clinic-1", "2021-02-02", "reported")]
    for _ in range(10):
        await notice_silence(database, LAW, now=movable_clock.advance(DAY))
    assert len(await silent(database)) == 1
    assert len(await events(database)) == 2


async def test_a_closed_sentinel_is_not_silent(database: Database, movable_clock: MovableClock) -> None:
    for code in ("clinic-1", "clinic-2"):
        await register(database, code)
        await daily_reports(database, code, movable_clock.now())
    now = movable_clock.advance(5 * DAY)
    await close_sentinel(database, "clinic-1", now, bounds=TOWN, now=now, received_from="key")
    await notice_silence(database, LAW, now=now)
    assert [one.code for one in await silent(database)] == ["clinic-2"]
    for _ in range(2):
        await close_sentinel(database, "clinic-2", now, bounds=TOWN, now=now, received_from="key")
    assert await silent(database) == []
    assert await ends(database) == [("clinic-2", "2021-02-02", "closed")]
    figures = await take_figures(database, now=now)
    assert figures == {"open": 0, "silent": 0, "late": 0, "missing": 56, "to_be_followed": 0}


async def test_many_processes_look_at_each_sentinel_once(
    database: Database, movable_clock: MovableClock
) -> None:
    for number in range(20):
        await register(database, f"clinic-{number}")
        await daily_reports(database, f"clinic-{number}", movable_clock.now())
    now = movable_clock.advance(5 * DAY)
    await asyncio.gather(*(notice_silence(database, LAW, now=now) for _ in range(8)))
    assert len(await silent(database)) == 20
    assert len(await events(database)) == 20


async def test_what_only_the_till_told_of_is_no_report(
    database: Database, movable_clock: MovableClock
) -> None:
    """A pharmacy that sells to people with symptoms and never reports them is silent all the same."""
    await register(database, "clinic-1")
    await daily_reports(database, "clinic-1", movable_clock.now())
    days = [movable_clock.advance(DAY) for _ in range(5)]
    sold = [replace(seen("clinic-1", day), reference=reference_of_sale(f"D-{day:%d}")) for day in days]
    for one in sold:
        async with database.transaction() as connection:
            await keep_symptom_reports(connection, [one], now=one.seen_at)
    now = movable_clock.now()
    await notice_silence(database, LAW, now=now)
    (found,) = await silent(database)
    assert found.silence.quiet_since == date(2021, 2, 2)
    await record_symptom_reports(database, [replace(sold[-1], reported_at=now)], now=now)
    assert await silent(database) == []
