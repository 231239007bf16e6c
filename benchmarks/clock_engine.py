"""The clock engine: arming, a burst at one instant, lateness under load, rest; with a million clocks open."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psutil
import uvloop
from nats.js import JetStreamContext
from prometheus_client import CollectorRegistry

from benchmarks.bodies import villages
from benchmarks.figures import Aim, Figure, percentile
from benchmarks.ground import Ground, run_program
from services.alerts.actions.absorb_facts import absorb_facts
from services.alerts.actions.load_policy_versions import load_policy_versions
from services.alerts.clock_timers import ClockDuties
from services.alerts.engine import ClockEngine
from services.alerts.metrics import ClockMetrics
from services.alerts.rules.clock_merge import Fact
from shared.clock import Clock
from shared.contracts import Event, envelop
from shared.contracts.testing import SamplePositive
from shared.divisions import DivisionRegister
from shared.jetstream import connect, ensure_streams
from shared.policy import load_pack
from shared.postgres import Database
from shared.settings import PROJECT
from shared.vocabulary import Method

ARMED = 40_000
BATCH = 1000
LANES = 2
ROUNDS = 3
EVENTS = 20_000
OPEN = 1_000_000
BURST = 10_000
PER_SECOND = 200
SECONDS = 20
IDLE_SECONDS = 60
WITHIN = timedelta(hours=2)
TABLES = ("clock", "clock_fact", "clock_timer", "outbox")

OPEN_CLOCKS = """
WITH due AS (
    SELECT number, begun, begun + interval '12 hours' + number * interval '3 milliseconds' AS due_at
    FROM generate_series($3::integer, $4::integer) AS row (number), (SELECT $1::timestamptz AS begun) AS start
), made AS (
    INSERT INTO clock (
        id, started_at, due_at, rule_version, rule_id, subject, pack_id, division, owner,
        step_instants, step_kinds, step_rungs
    )
    SELECT gen_random_uuid(), begun, due_at, 1, 'direct-report', 'open-' || number,
        'chongqing-2021-winter', ($2::text[])[1 + number % cardinality($2::text[])], 'reporting-officer',
        ARRAY[begun, begun + interval '1 hour', begun + interval '90 minutes', due_at],
        '{inform,warn,warn,breach}', '{1,1,1,2}'
    FROM due
    RETURNING id, number, due_at
)
INSERT INTO clock_timer (number, clock_id, next_step_at, armed_at, next_step)
SELECT number, id, due_at, $1, 3 FROM made
"""


@dataclass(slots=True)
class Outcome:
    """What the engine's own process measured."""

    armed: list[float]
    inserted: list[float]
    burst_seconds: list[float]
    late_p50_ms: float = 0.0
    late_p99_ms: float = 0.0
    late_worst_ms: float = 0.0
    busy_percent: float = 0.0
    idle_engine_percent: float = 0.0
    idle_postgres_percent: float = 0.0


async def measure(ground: Ground) -> list[Figure]:
    """Arm from events through the service, then run the engine alone in a process of its own."""
    from_events = await _arm_from_events(ground)
    await ground.stop("alerts")
    await ground.empty(*(f"alerts.{table}" for table in (*TABLES, "clock_step", "page_request")))
    order = json.dumps([ground.admin_url])
    printed = await run_program(sys.executable, "-m", "benchmarks.clock_engine", order)
    found = Outcome(**json.loads(printed.splitlines()[-1]))
    return [
        Figure(
            "clocks armed from facts",
            "clocks/s",
            found.armed,
            "INSERT … SELECT of the same rows: clock, fact, timer, event",
            found.inserted,
            notes=[f"batches of {BATCH:,} facts, {LANES} at once, each with its event in the outbox"],
        ),
        Figure(
            "clocks armed from events on the bus", "clocks/s", [from_events], notes=["one service process"]
        ),
        Figure(
            f"{BURST:,} due at one instant, until the last has fired",
            "s",
            found.burst_seconds,
            aim=Aim("value at most", 0.5),
            notes=[f"{OPEN:,} clocks open; steps, events and page requests committed"],
        ),
        Figure(
            f"lateness at {PER_SECOND} due a second, p99",
            "ms",
            [found.late_p99_ms],
            aim=Aim("value at most", 20),
            notes=[
                f"until committed; p50 {found.late_p50_ms:.1f} ms, worst {found.late_worst_ms:.1f} ms; "
                f"engine's process {found.busy_percent:.0f} % of a core"
            ],
        ),
        Figure(
            f"idle with {OPEN:,} clocks open",
            "% of a core",
            [found.idle_engine_percent + found.idle_postgres_percent],
            aim=Aim("value at most", 1),
            notes=[
                f"engine {found.idle_engine_percent:.2f}, PostgreSQL {found.idle_postgres_percent:.2f}, "
                "the counting of open clocks included"
            ],
        ),
    ]


def positives(how_many: int, at: datetime, apart: timedelta = timedelta()) -> list[SamplePositive]:
    """Positive results, `apart` from one another, all over the villages."""
    places = villages()
    return [
        SamplePositive(
            division=places[number % len(places)],
            occurred_at=at + number * apart,
            recorded_at=at,
            sample_id=uuid4(),
            tube_code=f"C{number:08d}",
            institution="500104-cdc",
            method=Method.PCR,
            sampled_at=at,
        )
        for number in range(how_many)
    ]


# ---------------------------------------------------------------- through the bus


async def _arm_from_events(ground: Ground) -> float:
    """Put events on the bus, start the service, and time the middle eight tenths of its way through them."""
    client = await connect(ground.nats.url, "bench")
    jetstream = client.jetstream()
    await ensure_streams(jetstream)
    for _ in range(EVENTS // 500):
        await _publish(jetstream, positives(500, Clock().now()))
    await client.close()
    small = ground.folder / "divisions.csv"
    small.write_text("code,name,level,parent\n500000,重庆市,municipality,\n", encoding="utf-8")
    database = await Database.open(ground.admin_url, "alerts", size=2)
    try:
        starting = asyncio.create_task(ground.start("alerts", DUTYCLOCK_DIVISIONS_FILE=str(small)))
        seen = [(time.perf_counter(), await _count(database))]
        while seen[-1][1] < EVENTS:
            if starting.done():
                await starting  # raises what kept the service from starting
            await asyncio.sleep(0.1)
            seen.append((time.perf_counter(), await _count(database)))
        await starting
    finally:
        await database.close()
    low = next(point for point in seen if point[1] >= EVENTS // 10)
    high = next(point for point in seen if point[1] >= EVENTS * 9 // 10)
    return (high[1] - low[1]) / (high[0] - low[0]) if high[0] > low[0] else float(EVENTS)


async def _publish(jetstream: JetStreamContext, events: Sequence[Event]) -> None:
    envelopes = [envelop(event) for event in events]
    await asyncio.gather(
        *(jetstream.publish(one.nats_subject(), one.data, headers=one.headers()) for one in envelopes)
    )


async def _count(database: Database) -> int:
    async with database.connection() as connection:
        return await connection.fetchval("SELECT count(*) FROM clock WHERE rule_id = 'direct-report'") or 0


# ---------------------------------------------------------------- the engine alone


class Bench:
    """The engine in this process, and what its callbacks saw."""

    def __init__(self, database: Database, engine: ClockEngine, committed: list[datetime]) -> None:
        self.database = database
        self.engine = engine
        self.committed = committed

    @classmethod
    async def open(cls, url: str) -> "Bench":
        """Open an engine on the database under the project's policy."""
        database = await Database.open(url, "alerts", size=8)
        clock = Clock()
        law = await load_policy_versions(
            database, load_pack(PROJECT / "policies" / "chongqing-2021-winter"), now=clock.now()
        )
        committed: list[datetime] = []
        engine = ClockEngine(
            database,
            clock,
            law,
            ClockMetrics(CollectorRegistry()),
            wake_relay=lambda: None,
            wake_paging=lambda: committed.append(datetime.now(UTC)),
        )
        return cls(database, engine, committed)

    async def execute(self, statement: str, *values: object) -> None:
        """Carry out a statement, however long it takes."""
        async with self.database.connection() as connection:
            await connection.execute(statement, *values, timeout=600)

    def facts(self, events: Sequence[Event]) -> list[Fact]:
        """Return what the events say about clocks, received now."""
        now = self.engine.clock.now()
        return [fact for event in events for fact in self.engine.meanings.facts_of(event, uuid4(), now)]

    async def absorb(self, facts: Sequence[Fact]) -> None:
        """Take facts in, batch by batch, in as many lanes as the handlers use."""
        batches = [facts[start : start + BATCH] for start in range(0, len(facts), BATCH)]

        async def lane(first: int) -> None:
            for batch in batches[first::LANES]:
                await absorb_facts(self.database, batch, self.engine.law, now=self.engine.clock.now())

        await asyncio.gather(*(lane(first) for first in range(LANES)))

    async def arm(self, rounds: int) -> tuple[list[float], list[float]]:
        """Return clocks per second, and the rate at which the very same rows can be inserted at all."""
        armed: list[float] = []
        inserted: list[float] = []
        await self.execute("DROP SCHEMA IF EXISTS physical CASCADE")
        await self.execute("CREATE SCHEMA physical")
        for table in TABLES:
            await self.execute(f"CREATE TABLE physical.{table} (LIKE alerts.{table} INCLUDING ALL)")
        for _ in range(rounds):
            facts = self.facts(positives(ARMED, self.engine.clock.now() + timedelta(minutes=30)))
            started = time.perf_counter()
            await self.absorb(facts)
            armed.append(ARMED / (time.perf_counter() - started))
            inserted.append(await self._insert_again())
            for table in TABLES:
                await self.execute(f"TRUNCATE alerts.{table}, physical.{table}")
        await self.execute("DROP SCHEMA physical CASCADE")
        return armed, inserted

    async def _insert_again(self) -> float:
        started = time.perf_counter()
        for table in TABLES:
            await self.execute(
                f"INSERT INTO physical.{table} OVERRIDING SYSTEM VALUE SELECT * FROM alerts.{table}"
            )
        return ARMED / (time.perf_counter() - started)

    async def open_many(self) -> None:
        """Open a million clocks that are due in half a day."""
        now, places = self.engine.clock.now(), villages()
        for start in range(0, OPEN, 100_000):
            await self.execute(OPEN_CLOCKS, now, places, start, start + 99_999)
        await self.execute("VACUUM ANALYZE clock")
        await self.execute("VACUUM ANALYZE clock_timer")
        await self.execute("CHECKPOINT")

    async def burst(self) -> float:
        """Return how long it takes until the last of those that fall due at one instant has fired."""
        due_at = self.engine.clock.now() + timedelta(seconds=8)
        await self.absorb(self.facts(positives(BURST, due_at - WITHIN)))
        await self.engine.fire_due()  # the steps before the breach
        self.committed.clear()
        running = asyncio.create_task(self.engine.run())
        await asyncio.sleep(self.engine.clock.real_seconds(due_at - self.engine.clock.now()))
        await self._wait_until_fired(BURST, due_at)
        await _end(running)
        return (max(self.committed) - due_at).total_seconds()

    async def lateness(self) -> tuple[list[float], float]:
        """Return how late each step was committed, in ms, and the share of a core that the process took."""
        count = PER_SECOND * SECONDS
        begin = self.engine.clock.now() + timedelta(seconds=5)
        await self.absorb(self.facts(positives(count, begin - WITHIN, timedelta(seconds=1) / PER_SECOND)))
        await self.engine.fire_due()
        self.committed.clear()
        running = asyncio.create_task(self.engine.run())
        await asyncio.sleep(self.engine.clock.real_seconds(begin - self.engine.clock.now()))
        started, cpu = time.perf_counter(), time.process_time()
        await asyncio.sleep(SECONDS)
        share = 100 * (time.process_time() - cpu) / (time.perf_counter() - started)
        await self._wait_until_fired(count, begin)
        await _end(running)
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT fired_at, due_at FROM clock_step WHERE kind = 'breach' AND due_at >= $1", begin
            )
        # Batches were committed one after another: the n-th moment of firing belongs to the n-th commit.
        moments = sorted({row["fired_at"] for row in rows})
        commits = dict(zip(moments, self.committed[-len(moments) :], strict=True))
        return [(commits[row["fired_at"]] - row["due_at"]).total_seconds() * 1000 for row in rows], share

    async def _wait_until_fired(self, count: int, since: datetime) -> None:
        while True:
            async with self.database.connection() as connection:
                fired = await connection.fetchval(
                    "SELECT count(*) FROM clock_step WHERE kind = 'breach' AND due_at >= $1", since
                )
            if fired and fired >= count:
                return
            await asyncio.sleep(0.5)

    async def idle(self) -> tuple[float, float]:
        """Return what engine and PostgreSQL take of a core while nothing is due, in percent."""
        await self.execute("CHECKPOINT")
        register = DivisionRegister([])
        duties = [
            asyncio.ensure_future(duty()) for duty in ClockDuties(self.engine, register.units()).duties()
        ]
        await asyncio.sleep(5)
        postgres = await _postgres(self.database)
        started, own, theirs = time.perf_counter(), time.process_time(), _cpu(postgres)
        await asyncio.sleep(IDLE_SECONDS)
        seconds = time.perf_counter() - started
        shares = (
            100 * (time.process_time() - own) / seconds,
            100 * (_cpu(postgres) - theirs) / seconds,
        )
        for duty in duties:
            await _end(duty)
        return shares


async def _end(task: "asyncio.Future[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _postgres(database: Database) -> psutil.Process:
    async with database.connection() as connection:
        backend = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
    parent = backend.parent()
    assert parent is not None, "a backend is a child of its postmaster"
    return parent


def _cpu(postgres: psutil.Process) -> float:
    """Seconds of processor time of the postmaster's children so far."""
    total = 0.0
    for child in postgres.children():
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return total


async def run(admin_url: str) -> Outcome:
    """Measure everything that needs no bus."""
    bench = await Bench.open(admin_url)
    try:
        armed, inserted = await bench.arm(ROUNDS)
        outcome = Outcome(armed, inserted, [])
        await bench.open_many()
        outcome.burst_seconds = [await bench.burst() for _ in range(ROUNDS)]
        late, outcome.busy_percent = await bench.lateness()
        outcome.late_p50_ms, outcome.late_p99_ms = percentile(late, 0.5), percentile(late, 0.99)
        outcome.late_worst_ms = max(late)
        outcome.idle_engine_percent, outcome.idle_postgres_percent = await bench.idle()
        return outcome
    finally:
        await bench.database.close()


def main() -> None:
    """Run the engine in a process of its own, on the event loop that services run on."""
    (admin_url,) = json.loads(sys.argv[1])
    print(json.dumps(asdict(uvloop.run(run(admin_url)))))


if __name__ == "__main__":
    main()
