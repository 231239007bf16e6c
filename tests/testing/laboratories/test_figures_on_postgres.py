"""What laboratories result is added up exactly, once; what departs from the habit is noticed, once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from services.testing.actions.laboratories.notice_laboratories import notice_rates, notice_silence
from services.testing.actions.laboratories.read_figures import (
    list_flagged,
    list_notices,
    list_unregistered,
    read_day,
    read_figures,
    take_figures,
)
from services.testing.actions.laboratories.register_laboratory import register_laboratory
from services.testing.actions.laboratories.suspend_laboratory import (
    reinstate_laboratory,
    suspend_laboratory,
)
from services.testing.actions.laboratories.tally_results import add_up_tallies
from services.testing.actions.results.correct_result import correct_result
from services.testing.actions.results.store_results import store_results
from services.testing.rules.laboratories.laboratory import Laboratory
from services.testing.rules.laboratories.turnaround import ACCURACY, Stage
from services.testing.rules.results.correction import Correction
from services.testing.rules.results.result import ResultFacts
from services.testing.storage.laboratory_quality import Sent
from services.testing.storage.results import NewResult
from shared.contracts import EVENTS
from shared.contracts.testing import LaboratoryDrifted, LaboratorySilent
from shared.day_count import begins_at
from shared.postgres import Database
from shared.vocabulary import Method, Result
from tests.testing.laboratories.builders import CDC, HOSPITAL, some_facts, the_law

pytestmark = [pytest.mark.system, pytest.mark.requirement("testing-resources")]

NOW = datetime(2021, 2, 1, 2, 0, tzinfo=UTC)
TODAY = date(2021, 2, 1)
DISTRICT = ("500104", "500104~")
EVER = (datetime(1, 1, 1, tzinfo=UTC), uuid4())
LAW = the_law()


@pytest.fixture
async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await Database.open(service_database_url("testing"), "testing", size=4)
    await register_laboratory(
        database,
        Laboratory(CDC, "500104", "disease-control", some_facts()),
        recorded_at=NOW - timedelta(days=60),
        received_from="key",
        now=NOW - timedelta(days=60),
    )
    yield database
    await database.close()


def results_at(
    resulted_at: datetime, number: int, positives: int = 0, hours: float = 5, institution: str = CDC
) -> list[NewResult]:
    return [
        NewResult(
            ResultFacts(
                tube_code=uuid4().hex,
                institution=institution,
                division="500104102001",
                method=Method.PCR,
                result=Result.POSITIVE if position < positives else Result.NEGATIVE,
                sampled_at=resulted_at - timedelta(hours=hours),
                resulted_at=resulted_at,
            ),
            resulted_at,
            "key",
        )
        for position in range(number)
    ]


async def told(database: Database, *types: type) -> list[object]:
    """What the outbox holds of these types, in order."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT subject, body FROM outbox ORDER BY created_at, event_id")
    found = [EVENTS[".".join(row["subject"].split(".")[:2])].model_validate_json(row["body"]) for row in rows]
    return [event for event in found if isinstance(event, types)]


async def test_whatever_arrives_at_once_is_added_up_once(database: Database) -> None:
    batches = [results_at(NOW - timedelta(minutes=10 * at), 20, 1, hours=at + 1) for at in range(6)]
    await asyncio.gather(*(store_results(database, batch, now=NOW) for batch in batches))
    await store_results(database, batches[0], now=NOW)
    await correct_result(
        database,
        batches[0][0].facts.sample_id,
        Correction(Result.NEGATIVE, "mix-up"),
        bounds=DISTRICT,
        occurred_at=NOW,
        recorded_at=NOW,
        received_from="key",
        now=NOW,
    )
    while any(await asyncio.gather(*(add_up_tallies(database) for _ in range(4)))):
        pass
    await add_up_tallies(database)
    figures = await read_figures(database, CDC, DISTRICT, TODAY, TODAY)
    (day,) = figures.days
    assert (day.results, day.positives, day.inconclusives, day.corrected) == (120, 6, 0, 1)
    stages = {one.stage: one.durations for one in figures.stages}
    assert stages[Stage.WHOLE].total == stages[Stage.TELLING].total == 120
    assert stages[Stage.WHOLE].percentile(0.5) == pytest.approx(3 * 3600, rel=ACCURACY)
    assert stages[Stage.WHOLE].percentile(0.95) == pytest.approx(6 * 3600, rel=ACCURACY)
    assert (await read_day(database, DISTRICT, TODAY))[CDC] == figures
    counted, _ = await take_figures(database)
    assert counted["tallies_waiting"] == 0


async def test_results_of_a_suspended_laboratory_are_kept_told_and_flagged(database: Database) -> None:
    sent = Sent(NOW, "key", NOW)
    await suspend_laboratory(
        database, CDC, "inspection", NOW - timedelta(hours=2), bounds=DISTRICT, sent=sent
    )
    before, during = results_at(NOW - timedelta(hours=3), 2), results_at(NOW - timedelta(hours=1), 3, 1)
    stored = await store_results(database, [*before, *during], now=NOW)
    assert {one.verdict for one in stored} == {"stored"}
    await reinstate_laboratory(
        database, CDC, "put-right", NOW - timedelta(minutes=30), bounds=DISTRICT, sent=sent
    )
    late, after = results_at(NOW - timedelta(minutes=40), 1), results_at(NOW - timedelta(minutes=20), 2)
    await store_results(database, [*late, *after], now=NOW + timedelta(minutes=1))
    flagged = await list_flagged(database, CDC, DISTRICT, EVER, 100)
    wanted = {one.facts.sample_id for one in [*during, *late]}
    assert {one.sample_id for one in flagged} == wanted
    assert await list_flagged(database, HOSPITAL, DISTRICT, EVER, 100) == []
    assert await list_flagged(database, None, ("500104102001", "500104102001~"), EVER, 100) == flagged
    assert await list_flagged(database, None, ("500104102002", "500104102002~"), EVER, 100) == []
    subjects = [
        str(event.sample_id)  # pyright: ignore[reportAttributeAccessIssue]
        for event in await told(database, EVENTS["testing.sample-positive"])
    ]
    assert subjects == [str(during[0].facts.sample_id)]


async def _a_month(database: Database, counts: Sequence[int], until: date) -> None:
    """So many positives of 200 on each day up to one."""
    for back, positives in enumerate(reversed(counts)):
        noon = begins_at(until) - timedelta(days=back) + timedelta(hours=12)
        await store_results(database, results_at(noon, 200, positives), now=noon)
    await add_up_tallies(database)


async def test_a_day_that_departs_from_the_habit_is_noticed_and_told_once(database: Database) -> None:
    yesterday = TODAY - timedelta(days=1)
    await _a_month(database, [2] * 14 + [40], yesterday)
    six = begins_at(TODAY) + timedelta(hours=6)
    assert not await notice_rates(database, LAW, now=six - timedelta(seconds=1))
    assert await list_notices(database, DISTRICT, EVER, 10, None) == []
    await asyncio.gather(*(notice_rates(database, LAW, now=six) for _ in range(3)))
    (notice,) = await list_notices(database, DISTRICT, EVER, 10, True)
    assert (notice.notice.kind, notice.notice.day, notice.notice.detail["found"]) == (
        "positives-drift",
        yesterday,
        40,
    )
    (event,) = await told(database, LaboratoryDrifted)
    assert isinstance(event, LaboratoryDrifted)
    assert (event.laboratory, event.figure, event.found, event.results) == (CDC, "positives", 40, 200)
    # the next day is as bad: one notice stays open, nobody is told again; then all is as usual
    await _a_month(database, [40], TODAY)
    await notice_rates(database, LAW, now=six + timedelta(days=1))
    assert len(await told(database, LaboratoryDrifted)) == 1
    await _a_month(database, [3], TODAY + timedelta(days=1))
    await notice_rates(database, LAW, now=six + timedelta(days=2))
    assert await list_notices(database, DISTRICT, EVER, 10, True) == []
    (over,) = await list_notices(database, DISTRICT, EVER, 10, False)
    assert over.ended_at == six + timedelta(days=2)


async def test_slow_days_are_noticed(database: Database) -> None:
    noon = begins_at(TODAY) - timedelta(hours=12)
    await store_results(database, results_at(noon, 100, hours=30), now=noon)
    await add_up_tallies(database)
    await notice_rates(database, LAW, now=begins_at(TODAY) + timedelta(hours=7))
    (notice,) = await list_notices(database, DISTRICT, EVER, 10, True)
    assert (notice.notice.kind, notice.notice.detail["limit_seconds"]) == ("slow", 24 * 3600)
    assert notice.notice.detail["seconds"] == pytest.approx(30 * 3600, rel=ACCURACY)


async def test_the_silence_of_a_laboratory_that_usually_results_is_noticed_until_it_is_heard(
    database: Database,
) -> None:
    await _a_month(database, [0] * 28, TODAY)
    ten = begins_at(TODAY) + timedelta(hours=10)
    for quiet in range(1, 4):
        await notice_silence(database, LAW, now=ten + timedelta(days=quiet))
    assert await told(database, LaboratorySilent) == []
    for quiet in range(4, 8):
        await notice_silence(database, LAW, now=ten + timedelta(days=quiet))
    (event,) = await told(database, LaboratorySilent)
    assert isinstance(event, LaboratorySilent)
    assert event.quiet_since == TODAY + timedelta(days=1)
    await _a_month(database, [0], TODAY + timedelta(days=8))
    await notice_silence(database, LAW, now=ten + timedelta(days=8))
    assert await list_notices(database, DISTRICT, EVER, 10, True) == []


async def test_who_results_without_being_registered_is_known(database: Database) -> None:
    await store_results(database, results_at(NOW, 1, institution=HOSPITAL), now=NOW)
    await add_up_tallies(database)
    assert await list_unregistered(database) == [HOSPITAL]
