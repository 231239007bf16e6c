"""Coverage pages with ten million samples stored, and what a sample costs to settle before and after."""

import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import httpx

from benchmarks.bodies import villages
from benchmarks.figures import Aim, Figure, percentile
from benchmarks.ground import Ground
from services.testing.actions.due.ask_tests import ask_tests
from services.testing.actions.due.fold_coverage import fold_coverage
from services.testing.actions.due.keep_sample_weeks import keep_sample_weeks
from services.testing.actions.due.settle_samples import Taken, settle_samples
from services.testing.rules.due.asking import Ask, Source
from services.testing.rules.due.law import compile_due_law
from shared.clock import Clock
from shared.day_count import day_of
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from shared.vocabulary import SubjectKind

SAMPLES = 10_000_000
WEEKS = 8
PAGE_MS = 50
BATCH = 10_000
ROUNDS = 5
PAGES = 40

LINES = """
INSERT INTO due_test (due_id, source, division, told_at, series, category, kind, subject_kind, wanted, done,
                      from_on, due_on, until_on, settled_at, settled_on, sample_id, received_at)
SELECT md5(concat_ws('/', kind, division, week))::uuid, 'category', division, begins, gen_random_uuid(),
       category, kind, 'person', $4, $4, begins::date, begins::date + 6, begins::date + 6,
       begins + interval '1 hour', begins::date, gen_random_uuid(), begins
FROM unnest($1::text[]) AS unit (division)
CROSS JOIN unnest($2::text[], $3::text[]) AS listed (kind, category)
CROSS JOIN LATERAL (
    SELECT $6::int, date_trunc('week', $5::timestamptz, 'Asia/Shanghai') - $6::int * interval '7 days'
        + interval '8 hours'
) AS span (week, begins)
"""
SAMPLED = """
INSERT INTO taken_sample (subject_id, sampled_at, sample_id, division, category, revision, stands)
SELECT gen_random_uuid(), line.settled_at + number * interval '1 second', gen_random_uuid(), line.division,
       line.kind, 1, true
FROM due_test AS line
CROSS JOIN generate_series(1, line.wanted) AS number
WHERE line.due_on = $1
"""


async def measure(ground: Ground) -> list[Figure]:
    """Settle batches while little is stored, store ten million samples, settle again, and ask for pages."""
    now = Clock().now()
    database = await Database.open(ground.database_urls["testing"], "testing")
    try:
        await keep_sample_weeks(database, now=now)
        few = await _settle(database, now)
        stored, lines = await _store(ground, now)
        folded = await _fold(database)
        many = await _settle(database, now)
    finally:
        await database.close()
    district, municipality, history = await _ask_for_pages(ground)
    notes = [f"{stored:,} samples and {lines:,} settled lines of {WEEKS} weeks stored"]
    return [
        _pages("coverage page of a district", district, notes),
        _pages("coverage page of the municipality", municipality, notes),
        _pages("coverage of a district by day, 8 weeks", history, notes),
        Figure("changes of coverage added up", "changes/s", [folded]),
        _settled("samples kept that settle nothing", few[0], many[0], stored),
        _settled("samples kept that settle a test each", few[1], many[1], stored),
    ]


def _pages(name: str, rounds: Sequence[Sequence[float]], notes: Sequence[str]) -> Figure:
    values = [percentile(one, 0.95) for one in rounds]
    median_ms = percentile([value for one in rounds for value in one], 0.5)
    aim = Aim("value at most", PAGE_MS)
    return Figure(name, "ms", values, aim=aim, notes=[f"p95; p50 {median_ms:.1f} ms", *notes])


def _settled(name: str, few: Sequence[float], many: Sequence[float], stored: int) -> Figure:
    return Figure(
        name,
        "samples/s",
        many,
        "the same while nothing was stored",
        few,
        notes=[f"batches of {BATCH:,} in one session, with {stored:,} samples stored"],
    )


async def _settle(database: Database, now: datetime) -> tuple[list[float], list[float]]:
    free: list[float] = []
    owed: list[float] = []
    places = villages()
    for _ in range(ROUNDS):
        people = [uuid4() for _ in range(BATCH)]
        free.append(await _settle_batch(database, people, places, now))
        people = [uuid4() for _ in range(BATCH)]
        await ask_tests(database, [_ask(one, places[0], now) for one in people], now=now)
        owed.append(await _settle_batch(database, people, places, now))
    return free, owed


async def _settle_batch(
    database: Database, people: Sequence[UUID], places: Sequence[str], now: datetime
) -> float:
    taken = [
        Taken(
            sample_id=uuid4(),
            sampled_at=now - timedelta(seconds=random.random()),
            division=places[number % len(places)],
            subject_id=person,
        )
        for number, person in enumerate(people)
    ]
    started = time.perf_counter()
    async with database.transaction() as connection:
        await settle_samples(connection, taken, now=now)
    return BATCH / (time.perf_counter() - started)


def _ask(person: UUID, division: str, now: datetime) -> Ask:
    return Ask(
        due_id=uuid4(),
        source=Source.PLAN,
        series=uuid4(),
        division=division,
        category="returning-workers",
        subject_kind=SubjectKind.PERSON,
        subject_id=person,
        from_on=day_of(now - timedelta(days=1)),
        due_on=day_of(now),
        told_at=now,
    )


async def _store(ground: Ground, now: datetime) -> tuple[int, int]:
    """Store lines that are settled and the samples that settled them, week by week."""
    law = compile_due_law(load_pack(PROJECT / "policies" / "chongqing-2021-winter"))
    places = villages("")
    kinds = [one for one in law.kinds.values() if one.every_days is not None][:12]
    each = -(-SAMPLES // (len(places) * len(kinds) * WEEKS))
    connection = await asyncpg.connect(ground.admin_url, server_settings={"search_path": "testing"})
    try:
        await connection.fetch("SELECT keep_taken_weeks($1, $2, $1)", now - timedelta(weeks=WEEKS + 1), now)
        names, categories = [one.id for one in kinds], [one.category for one in kinds]
        for week in range(1, WEEKS + 1):
            await connection.execute(LINES, places, names, categories, each, now, week)
            last = await connection.fetchval("SELECT min(due_on) FROM due_test WHERE source = 'category'")
            await connection.execute(SAMPLED, last)
        await connection.execute("TRUNCATE due_look")
        await connection.execute("VACUUM ANALYZE due_test, taken_sample, coverage_change")
        lines = await connection.fetchval("SELECT count(*) FROM due_test")
        return await connection.fetchval("SELECT count(*) FROM taken_sample"), lines
    finally:
        await connection.close()


async def _fold(database: Database) -> float:
    started, changes = time.perf_counter(), 0
    while added := await fold_coverage(database):
        changes += added
    return changes / (time.perf_counter() - started)


async def _ask_for_pages(ground: Ground) -> tuple[list[list[float]], list[list[float]], list[list[float]]]:
    port = await ground.start("testing")
    today = day_of(Clock().now())
    first, last = today - timedelta(weeks=WEEKS), today - timedelta(days=today.weekday() + 1)
    week = {"from": (last - timedelta(days=6)).isoformat(), "to": last.isoformat()}
    span = {"from": first.isoformat(), "to": today.isoformat()}
    asked = [
        ("/v1/coverage", {"division": "500104", **week}),
        ("/v1/coverage", {"division": "500000", **week}),
        ("/v1/coverage/history", {"division": "500104", **span}),
    ]
    headers = {"authorization": f"Bearer {ground.key}"}
    found: list[list[list[float]]] = [[], [], []]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        for _ in range(ROUNDS):
            for position, (path, query) in enumerate(asked):
                found[position].append([await _time(client, path, query) for _ in range(PAGES)])
    await ground.stop("testing")
    return found[0], found[1], found[2]


async def _time(client: httpx.AsyncClient, path: str, query: dict[str, str]) -> float:
    started = time.perf_counter()
    answer = await client.get(path, params=query)
    answer.raise_for_status()
    assert '"due":0' not in answer.text[:200], "nothing is due: the page shows nothing"
    return (time.perf_counter() - started) * 1000
