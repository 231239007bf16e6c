"""From a positive's POST to the moment at which the channel has the page, with a steady load of results."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from benchmarks.bodies import write_singles
from benchmarks.figures import Aim, Figure, percentile
from benchmarks.ground import Ground
from benchmarks.load import Order, Report, run_load
from benchmarks.sink import Sink
from services.testing.rules.results.result import sample_id
from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.settings import PROJECT

RESULTS_PER_SECOND = 300
SECONDS = 12.0
CLIENTS = 32
DISTRICT = "500104"
DAY_BEGINS = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
"""World time of the run: a morning, away from the hours at which daily reports are warned about."""
DEADLINE_SECONDS = 60.0

ARRIVALS = """
SELECT clock.subject, attempt.id
FROM page_item AS item
JOIN clock ON clock.id = item.clock_id
JOIN delivery_attempt AS attempt ON attempt.page_id = item.page_id
WHERE attempt.state = 'accepted' AND clock.rule_id = 'direct-report'
"""


async def measure(ground: Ground) -> list[Figure]:
    """Run testing and alerts as processes; the channel is the log at first, then an HTTP gateway."""
    time_settings = {
        "DUTYCLOCK_CLOCK_ORIGIN": DAY_BEGINS.isoformat(),
        "DUTYCLOCK_CLOCK_ANCHOR": Clock().now().isoformat(),
    }
    world = Clock(DAY_BEGINS, datetime.fromisoformat(time_settings["DUTYCLOCK_CLOCK_ANCHOR"]))
    alerts = await ground.start("alerts", **time_settings)
    await ground.start("testing", **time_settings)
    await _wait_until_calm(ground)
    figures: list[Figure] = []
    async with Sink.open() as sink:
        await _fill_roster(ground, alerts, "log:", world)
        await _run(ground, world, sink, 1, seconds=3.0)  # warm
        figures.append(await _figure(ground, world, sink, "log", 10, Aim("value at most", 250)))
        figures.append(await _figure(ground, world, sink, "log", 1, Aim("value at most", 250)))
        await _fill_roster(ground, alerts, f"json://127.0.0.1:{sink.port}/", world)
        figures.append(await _figure(ground, world, sink, "HTTP gateway", 1))
    await ground.stop()
    return figures


async def _figure(
    ground: Ground, world: Clock, sink: Sink, channel: str, positive_in: int, aim: Aim | None = None
) -> Figure:
    report, from_sending, from_answer = await _run(ground, world, sink, positive_in)
    every = "all positive" if positive_in == 1 else f"1 of {positive_in} positive"
    pages = len({arrival for arrival, _ in from_sending.values()})
    latencies = [1000 * seconds for _, seconds in from_sending.values()]
    after_answer = [1000 * seconds for _, seconds in from_answer.values()]
    return Figure(
        f"POST to page in the {channel}, p99, {every}",
        "ms",
        [percentile(latencies, 0.99)],
        aim=aim,
        notes=[
            f"{report.per_second:.0f} results/s, {len(latencies):,} positives on {pages:,} pages",
            f"from sending: p50 {percentile(latencies, 0.5):.0f} ms, worst {max(latencies):.0f} ms",
            f"from the 201: p50 {percentile(after_answer, 0.5):.0f} ms, "
            f"p99 {percentile(after_answer, 0.99):.0f} ms",
        ],
    )


Latencies = dict[str, tuple[UUID, float]]


async def _run(
    ground: Ground, world: Clock, sink: Sink, positive_in: int, seconds: float = SECONDS
) -> tuple[Report, Latencies, Latencies]:
    """Send results at a steady rate and return, by sample, page and seconds from sending and from answer."""
    how_many = int(seconds * RESULTS_PER_SECOND)
    bodies = write_singles(
        ground.folder / "steady.ndjson",
        how_many,
        positive_in=positive_in,
        at=world.now() - timedelta(minutes=1),
        apart=timedelta(seconds=1) / RESULTS_PER_SECOND,
    )
    timings = ground.folder / "timings.json"
    testing = await ground.start("testing")
    order = Order(
        testing,
        "/v1/results",
        ground.key,
        str(bodies),
        CLIENTS,
        seconds + 5,
        rate_per_second=RESULTS_PER_SECOND,
        timings=str(timings),
    )
    report = await run_load(ground, order)
    moments = _moments(bodies, timings)
    arrivals = await _arrivals(ground, sink, moments)
    from_sending = {sample: (page, at - moments[sample][0]) for sample, (page, at) in arrivals.items()}
    from_answer = {sample: (page, at - moments[sample][1]) for sample, (page, at) in arrivals.items()}
    return report, from_sending, from_answer


def _moments(bodies: Path, timings: Path) -> dict[str, tuple[float, float]]:
    """Return when each positive was sent and answered, by sample."""
    rows = [json.loads(line) for line in bodies.read_text("utf-8").splitlines()]
    return {
        str(sample_id(rows[number]["institution"], rows[number]["tube_code"])): (sent, answered)
        for number, sent, answered in json.loads(timings.read_text("utf-8"))
        if rows[number]["result"] == "positive"
    }


async def _arrivals(ground: Ground, sink: Sink, wanted: Mapping[str, Any]) -> dict[str, tuple[UUID, float]]:
    """Return the first accepted attempt for each sample, and when the channel itself saw it.

    Raises RuntimeError when a positive has had no page for a minute.
    """
    connection = await asyncpg.connect(ground.admin_url, server_settings={"search_path": "alerts"})
    deadline = time.monotonic() + DEADLINE_SECONDS
    try:
        while True:
            rows = await connection.fetch(ARRIVALS)
            attempts = {row["subject"]: row["id"] for row in rows if row["subject"] in wanted}
            if len(attempts) == len(wanted):
                break
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(wanted) - len(attempts)} positives have no page")
            await asyncio.sleep(0.2)
    finally:
        await connection.close()
    seen = {**_logged(ground.folder / "logs" / "alerts.log"), **sink.seen}
    return {sample: (attempt, seen[str(attempt)]) for sample, attempt in attempts.items()}


def _logged(log: Path) -> dict[str, float]:
    """Return when each attempt was written to the log, by the log's own time."""
    lines = (line for line in log.read_text("utf-8").splitlines() if '"action":"page"' in line)
    entries = (json.loads(line) for line in lines)
    return {entry["attempt"]: datetime.fromisoformat(entry["at"]).timestamp() for entry in entries}


async def _fill_roster(ground: Ground, port: int, channel: str, world: Clock) -> None:
    """Put a reporting officer on duty in each township of the district."""
    register = DivisionRegister.load(PROJECT / "data" / "divisions-chongqing.csv")
    townships = [unit.code for unit in register.children(DISTRICT)]
    now = world.now()
    document: dict[str, Sequence[dict[str, Any]]] = {
        "people": [
            {"id": f"officer-{code}", "name": f"值班员{code}", "division": code, "channels": [channel]}
            for code in townships
        ],
        "shifts": [
            {
                "post": "reporting-officer",
                "division": code,
                "person": f"officer-{code}",
                "from": (now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)).isoformat(),
                "until": (now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2)).isoformat(),
            }
            for code in townships
        ],
    }
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        answer = await client.post("/v1/duty", json=document, headers={"X-API-Key": ground.key})
        answer.raise_for_status()
        if answer.json()["refused"]:
            raise RuntimeError(f"the roster was refused: {answer.text[:500]}")


async def _wait_until_calm(ground: Ground) -> None:
    """Wait until the day's clocks of all units are open and told."""
    connection = await asyncpg.connect(ground.admin_url, server_settings={"search_path": "alerts"})
    deadline = time.monotonic() + DEADLINE_SECONDS
    try:
        while time.monotonic() < deadline:
            open_ = await connection.fetchval("SELECT count(*) FROM reporting_day")
            waiting = await connection.fetchval("SELECT count(*) FROM (SELECT FROM outbox LIMIT 1) AS one")
            if open_ and not waiting:
                return
            await asyncio.sleep(0.2)
    finally:
        await connection.close()
    raise RuntimeError("the reporting day's clocks did not come to rest")
