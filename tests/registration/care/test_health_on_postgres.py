"""The daily round on a real database: days are opened once, reports settle them, symptoms are flagged."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.registration.actions.care.assign_five import assign_five
from services.registration.actions.care.open_health_days import open_health_days
from services.registration.actions.care.record_health_reports import (
    JudgedReport,
    record_health_reports,
)
from services.registration.rules.care.health_report import HealthStatement
from services.registration.storage import health_days, health_reports, symptom_episodes
from services.registration.storage.listing import Window
from shared.clock import SHANGHAI
from shared.contracts import EVENTS, Event
from shared.divisions import subtree_bounds
from shared.outbox import read_headers
from shared.postgres import Database
from shared.verdicts import Verdict
from shared.vocabulary import Symptom
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.registration.care.seeds import a_person, a_plan, end_plan
from tests.registration.care.test_five_on_postgres import everywhere
from tests.registration.care.test_grid_rules import LAW
from tests.registration.care.test_health_rules import DAY, HOUR, NOW, SAID

pytestmark = pytest.mark.requirement("health-monitoring")

TOWN = Window(subtree_bounds(JIANSHENG), 100)
REPORTS = LAW.health_reports


async def people_under_management(database: Database, number: int, **plan: Any) -> list[UUID]:
    async with database.transaction() as connection:
        people = [await a_person(connection) for _ in range(number)]
        for person in people:
            await a_plan(connection, person, **plan)
    return sorted(people)


async def open_all(database: Database, now: datetime = NOW, *, most: int = 1000) -> int:
    total = 0
    while (opened := await open_health_days(database, REPORTS, now=now, most=most)).goes_on:
        total += opened.people
    return total


async def report(database: Database, *statements: HealthStatement, now: datetime = NOW) -> list[JudgedReport]:
    return await record_health_reports(database, REPORTS, statements, reaches=everywhere, now=now)


async def told(database: Database) -> list[Event]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT headers, body FROM outbox ORDER BY id")
    return [
        EVENTS[read_headers(row["headers"])["ce-type"]].model_validate_json(bytes(row["body"]))
        for row in rows
    ]


async def kinds_told(database: Database) -> Counter[str]:
    return Counter(event.TYPE.removeprefix("registration.") for event in await told(database))


async def missed(database: Database, day: date = DAY) -> set[UUID]:
    async with database.connection() as connection:
        return {one.person_id for one in await health_days.list_missed(connection, TOWN, day, None)}


async def test_every_query_fits_the_schema(database: Database) -> None:
    async with database.connection() as connection:
        for queries in (health_reports.QUERIES, health_days.QUERIES, symptom_episodes.QUERIES):
            for name in queries.names():
                await connection.prepare(queries.sql(name))


async def test_a_day_is_opened_once_for_everybody_however_many_processes_do_it(database: Database) -> None:
    people = await people_under_management(database, 60)
    await asyncio.gather(*(open_all(database, most=7) for _ in range(4)))
    await open_all(database)
    assert await missed(database) == set(people)
    events = await told(database)
    assert await kinds_told(database) == {"health-day-opened": 60}
    midnight = datetime(2021, 2, 1, tzinfo=SHANGHAI)
    assert {(event.occurred_at, event.day, event.opened_late) for event in events} == {  # pyright: ignore[reportAttributeAccessIssue]
        (midnight.astimezone(UTC), DAY, True)
    }


async def test_who_came_under_management_today_or_is_managed_no_more_owes_nothing(
    database: Database,
) -> None:
    midnight = datetime(2021, 2, 1, tzinfo=SHANGHAI)
    (before,) = await people_under_management(database, 1, decided_at=midnight - timedelta(microseconds=1))
    await people_under_management(database, 1, decided_at=midnight)
    async with database.transaction() as connection:
        released = await a_person(connection)
        await end_plan(connection, await a_plan(connection, released), NOW)
    assert await open_all(database) == 1
    assert await missed(database) == {before}


async def test_days_missed_while_everything_was_down_are_opened_late_and_say_so(database: Database) -> None:
    await people_under_management(database, 2)
    midnight = datetime(2021, 2, 1, tzinfo=SHANGHAI)
    assert await open_all(database, midnight + timedelta(minutes=1)) == 2
    assert await open_all(database, midnight + timedelta(days=2, hours=9)) == 4
    events = [(event.day, event.opened_late) for event in await told(database)]  # pyright: ignore[reportAttributeAccessIssue]
    assert Counter(events) == {
        (DAY, False): 2,
        (date(2021, 2, 2), True): 2,
        (date(2021, 2, 3), True): 2,
    }


async def test_the_first_report_settles_the_day_an_earlier_one_moves_it_a_repetition_does_nothing(
    database: Database,
) -> None:
    one, other = await people_under_management(database, 2)
    await open_all(database)
    said = replace(SAID, person_id=one)
    steps = [
        (said, Verdict.STORED, 1),
        (said, Verdict.DUPLICATE, 1),
        (replace(said, temperature_celsius=36.7, recorded_at=NOW), Verdict.STORED, 1),
        (replace(said, measured_at=NOW - 2 * HOUR), Verdict.STORED, 2),
    ]
    for statement, verdict, events in steps:
        (judged,) = await report(database, statement)
        assert judged.verdict is verdict
        assert (await kinds_told(database))["health-reported"] == events
    async with database.connection() as connection:
        (held,) = await health_reports.reports_of_person(connection, one)
    assert held.temperature_celsius == 36.7  # what was recorded last
    assert await missed(database) == {other}


async def test_a_report_before_its_day_is_opened_is_told_together_with_the_opening(
    database: Database,
) -> None:
    early, late = await people_under_management(database, 2)
    await report(database, replace(SAID, person_id=early))
    assert await kinds_told(database) == {}
    await open_all(database)
    assert await kinds_told(database) == {"health-day-opened": 2, "health-reported": 1}
    assert await missed(database) == {late}


async def test_the_end_of_management_excuses_the_day_and_leaves_what_was_missed_before(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        person = await a_person(connection)
        plan = await a_plan(connection, person)
    await open_all(database)
    tomorrow = NOW + timedelta(days=1)
    await open_all(database, tomorrow)
    async with database.transaction() as connection:
        await end_plan(connection, plan, tomorrow)
    while (await assign_five(database, LAW, now=tomorrow)).looks:
        pass
    assert (await missed(database), await missed(database, date(2021, 2, 2))) == ({person}, set())
    (excused,) = [event for event in await told(database) if event.TYPE.endswith("excused")]
    assert excused.day == date(2021, 2, 2)  # pyright: ignore[reportAttributeAccessIssue]
    await report(database, replace(SAID, person_id=person))
    assert await missed(database) == set()


async def test_a_fever_opens_one_episode_and_is_told_in_the_same_transaction(database: Database) -> None:
    (person,) = await people_under_management(database, 1)
    fever = replace(SAID, person_id=person, temperature_celsius=38.2)
    cough = replace(fever, symptoms=frozenset({Symptom.COUGH}), measured_at=NOW, recorded_at=NOW)
    for said, flagged in ((SAID, 0), (fever, 1), (fever, 1), (cough, 2)):
        await report(database, replace(said, person_id=person))
        assert (await kinds_told(database))["symptom-flagged"] == flagged
    async with database.connection() as connection:
        (episode,) = await symptom_episodes.list_page(connection, TOWN, None)
    assert episode.symptoms == {Symptom.FEVER, Symptom.COUGH}
    assert (episode.opened_at, episode.highest_temperature_celsius) == (fever.measured_at, 38.2)


async def test_many_reports_of_a_fever_at_once_open_one_episode_each(database: Database) -> None:
    people = await people_under_management(database, 20)

    async def write(minutes: int) -> None:
        measured = NOW - timedelta(minutes=minutes)
        said = [
            replace(SAID, person_id=person, temperature_celsius=38.0, measured_at=measured)
            for person in people
        ]
        await report(database, *(said if minutes % 2 else reversed(said)))

    await asyncio.gather(*(write(minutes) for minutes in range(8)))
    assert await kinds_told(database) == {"symptom-flagged": 20}
    async with database.connection() as connection:
        assert len(await symptom_episodes.list_page(connection, TOWN, None)) == 20
        assert await connection.fetchval("SELECT count(*) FROM health_statement") == 160


async def test_ten_thousand_reports_in_one_batch(database: Database) -> None:
    person, *others = await people_under_management(database, 50)
    statements = [
        replace(SAID, person_id=one, measured_at=NOW - timedelta(seconds=number))
        for number in range(200)
        for one in (person, *others)
    ]
    judged = await report(database, *statements)
    assert Counter(one.verdict for one in judged) == {Verdict.STORED: 10_000}


async def test_whoever_is_in_a_stage_elsewhere_is_found_there(database: Database) -> None:
    async with database.transaction() as connection:
        person = await a_person(connection, A_VILLAGE)
        await a_plan(connection, person, stage_division=ANOTHER_VILLAGE)
        merged = await a_person(connection, A_VILLAGE)
        await connection.execute("UPDATE person SET merged_into = $2 WHERE person_id = $1", merged, person)
        nobody = await a_person(connection, "500101001001")

    def site(division: str) -> bool:
        return division == ANOTHER_VILLAGE

    judged = await record_health_reports(
        database,
        REPORTS,
        [replace(SAID, person_id=one) for one in (person, merged, nobody, UUID(int=9))],
        reaches=site,
        now=NOW,
    )
    assert [one.verdict for one in judged] == [
        Verdict.STORED,
        Verdict.DUPLICATE,
        Verdict.REFUSED,
        Verdict.REFUSED,
    ]
    assert judged[0].held is not None
    assert judged[0].held.division == ANOTHER_VILLAGE
    assert judged[2].problems == judged[3].problems


DayOf = dict[str, tuple[bool, bool, bool]]


async def days_of(database: Database, **people: UUID) -> DayOf:
    """Of today: whether each owes a report, whether one is there, whether they are excused."""
    async with database.transaction() as connection:
        days = {name: await health_days.lock_day(connection, id_, DAY) for name, id_ in people.items()}
    return {
        name: (day.is_missed, day.reported_at is not None, day.excused_at is not None)
        for name, day in days.items()
        if day is not None
    }


async def merge_people(database: Database, merged: UUID, kept: UUID, *, with_plan: bool) -> None:
    """Merge two records as `reconcile_returns` leaves them: the plan that stays is the survivor's."""
    async with database.transaction() as connection:
        await connection.execute("UPDATE person SET merged_into = $2 WHERE person_id = $1", merged, kept)
        if with_plan:
            await connection.execute("UPDATE plan SET person_id = $2 WHERE person_id = $1", merged, kept)
        else:
            await connection.execute(
                "UPDATE plan SET state = 'withdrawn', changed_at = $2 WHERE person_id = $1", merged, NOW
            )
    while (await assign_five(database, LAW, now=NOW)).looks:
        pass


async def test_two_who_are_one_owe_one_day(database: Database) -> None:
    merged, kept = await people_under_management(database, 2)
    await open_all(database)
    await merge_people(database, merged, kept, with_plan=False)
    assert await days_of(database, merged=merged, kept=kept) == {
        "merged": (False, False, True),
        "kept": (True, False, False),
    }
    assert await kinds_told(database) == {"health-day-opened": 2, "health-day-excused": 1}
    await report(database, replace(SAID, person_id=merged))
    assert (await days_of(database, kept=kept))["kept"] == (False, True, False)
    assert await missed(database) == set()


async def test_whoever_somebody_became_owes_the_day_that_these_owed(database: Database) -> None:
    (merged,) = await people_under_management(database, 1)
    await open_all(database)
    async with database.transaction() as connection:
        kept = await a_person(connection)
    for _ in range(2):
        await merge_people(database, merged, kept, with_plan=True)
    assert await missed(database) == {kept}
    assert await kinds_told(database) == {"health-day-opened": 2, "health-day-excused": 1}


async def test_what_one_of_the_records_reported_is_reported(database: Database) -> None:
    merged, kept = await people_under_management(database, 2)
    await open_all(database)
    await report(database, replace(SAID, person_id=merged))
    await merge_people(database, merged, kept, with_plan=False)
    assert await missed(database) == set()
    assert (await days_of(database, kept=kept))["kept"] == (False, True, False)
    assert await kinds_told(database) == {"health-day-opened": 2, "health-reported": 2}
