"""The due lists of all villages on one day: made, and read out over HTTP, against COPY of the same rows."""

import contextlib
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
import httpx
import psutil

from benchmarks.bodies import villages
from benchmarks.figures import Aim, Figure
from benchmarks.ground import Ground
from services.testing.actions.due.ask_tests import ask_tests
from services.testing.actions.due.meet_samples import meet_samples
from services.testing.actions.due.open_periods import open_periods
from services.testing.rules.due.asking import Ask, Source
from services.testing.rules.due.law import DueLaw, compile_due_law
from shared.clock import Clock
from shared.day_count import day_of
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from shared.vocabulary import SubjectKind

ROUNDS = 3
SECONDS = 5
PLAN_TESTS = 14_000
"""Of 100,000 people in management with two tests in a fortnight, as many owe one on a day."""
WEEK = timedelta(days=7)


async def measure(ground: Ground) -> list[Figure]:
    """Open a week for every village three times, then read the whole day of all of them out."""
    law = compile_due_law(load_pack(PROJECT / "policies" / "chongqing-2021-winter"))
    places = villages("")
    now = Clock().now()
    await _state_base_numbers(ground, law, places, now)
    database = await Database.open(ground.database_urls["testing"], "testing")
    made: list[float] = []
    limits: list[float] = []
    met: list[float] = []
    processors: list[float] = []
    lines = 0
    try:
        for number in range(ROUNDS):
            week = now + (number - ROUNDS + 1) * WEEK
            seconds, processor = await _open(ground, database, law, week)
            made.append(seconds)
            processors.append(processor)
            lines, seconds = await _copy(ground, week)
            limits.append(seconds)
            met.append(await _meet(database, week))
        await _ask_of_plans(database, places, now)
        await _meet(database, now)
    finally:
        await database.close()
    read, rows, processor = await _read(ground, now)
    await ground.stop("testing")
    return [
        Figure(
            f"due lists of {len(places):,} villages made",
            "s",
            made,
            "COPY of the same lines into a table of the same form, one session",
            limits,
            Aim("value at most", SECONDS),
            [
                f"{lines:,} lines: the eight kinds of public places, and households",
                f"{min(processors):.1f} s of processor, server and client: what it takes on a quiet machine",
                f"all held against samples in {min(met):.1f} s more",
            ],
        ),
        Figure(
            f"due lists of {len(places):,} villages read out",
            "s",
            read,
            aim=Aim("value at most", SECONDS),
            notes=[
                f"{rows:,} lines of one day as NDJSON over HTTP, {PLAN_TESTS:,} of them people's",
                f"{processor:.1f} s of processor, server, service and client",
            ],
        ),
    ]


async def _state_base_numbers(ground: Ground, law: DueLaw, places: Sequence[str], now: datetime) -> None:
    kinds = [one.id for one in law.kinds.values() if one.category == "rural-public-places"]
    rows = [(kind, place, 1, now, now) for kind in [*kinds, "household-checks"] for place in places]
    connection = await asyncpg.connect(ground.admin_url)
    try:
        await connection.copy_records_to_table("base_number", schema_name="testing", records=rows)
    finally:
        await connection.close()


async def _open(ground: Ground, database: Database, law: DueLaw, now: datetime) -> tuple[float, float]:
    """Open the period of a moment; return how long it took, and the processor's time of server and client."""
    server = psutil.Process(ground.postgres.child.pid)
    started, before = time.perf_counter(), _processor(server)
    while (await open_periods(database, law, now=now)).goes_on:
        pass
    return time.perf_counter() - started, _processor(server) - before


def _processor(*servers: psutil.Process) -> float:
    """Return the seconds of processor that servers, their children and this program have used."""
    total = time.process_time()
    for process in [one for server in servers for one in (server, *server.children(recursive=True))]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


async def _meet(database: Database, now: datetime) -> float:
    started, waiting = time.perf_counter(), None
    while True:
        turn = await meet_samples(database, waiting, now=now)
        waiting = turn.waiting
        if waiting is None and not turn.looked_at:
            return time.perf_counter() - started


async def _copy(ground: Ground, now: datetime) -> tuple[int, float]:
    """Copy the lines of a week into a table of the same form; return how many, and how long it took."""
    connection = await asyncpg.connect(ground.admin_url)
    try:
        found = await connection.fetch(
            "SELECT due_id, source, division, told_at, series, category, kind, subject_kind, wanted, from_on,"
            " due_on, until_on, received_at FROM testing.due_test WHERE received_at = $1",
            now,
        )
        columns = list(found[0].keys())
        records = [tuple(row) for row in found]
        await connection.execute(
            "CREATE SCHEMA IF NOT EXISTS physical;"
            "DROP TABLE IF EXISTS physical.due_test;"
            "CREATE TABLE physical.due_test (LIKE testing.due_test INCLUDING ALL)"
        )
        started = time.perf_counter()
        await connection.copy_records_to_table(
            "due_test", schema_name="physical", columns=columns, records=records
        )
        return len(records), time.perf_counter() - started
    finally:
        await connection.close()


async def _ask_of_plans(database: Database, places: Sequence[str], now: datetime) -> None:
    asks = [
        Ask(
            due_id=uuid4(),
            source=Source.PLAN,
            series=uuid4(),
            division=places[number % len(places)],
            category="returning-workers",
            subject_kind=SubjectKind.PERSON,
            subject_id=uuid4(),
            from_on=day_of(now),
            due_on=day_of(now),
            told_at=now,
        )
        for number in range(PLAN_TESTS)
    ]
    for start in range(0, len(asks), 1000):
        await ask_tests(database, asks[start : start + 1000], now=now)


async def _read(ground: Ground, now: datetime) -> tuple[list[float], int, float]:
    port = await ground.start("testing")
    servers = [psutil.Process(ground.postgres.child.pid), psutil.Process(ground.pid("testing"))]
    processors: list[float] = []
    seconds: list[float] = []
    rows = 0
    headers = {"authorization": f"Bearer {ground.key}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
        query = {"day": day_of(now).isoformat(), "format": "ndjson"}
        for _ in range(ROUNDS):
            started, before, rows = time.perf_counter(), _processor(*servers), 0
            async with client.stream("GET", "/v1/due-lists/export", params=query) as answer:
                answer.raise_for_status()
                async for piece in answer.aiter_bytes():
                    rows += piece.count(b"\n")
            seconds.append(time.perf_counter() - started)
            processors.append(_processor(*servers) - before)
    return seconds, rows, min(processors)
