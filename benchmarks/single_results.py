"""Single results over HTTP, acknowledged once on disk, against pgbench with the same three inserts."""

import re
from pathlib import Path

import asyncpg

from benchmarks.bodies import write_singles
from benchmarks.figures import Aim, Figure
from benchmarks.ground import Ground, run_program
from benchmarks.load import Order, Report, run_load

CLIENTS = 64
ROUNDS = 3
SECONDS = 4.0
MOST_REQUESTS = 40_000
WRITTEN = ("testing.sample_result", "testing.result_key")
"""Where a result leaves rows, besides the outbox."""
PHYSICAL = ("physical.sample_result", "physical.result_key", "physical.outbox")

# The same rows in tables of the same shape: pgbench must not fill the outbox that the relay empties.
TABLES = """
CREATE SCHEMA IF NOT EXISTS physical;
CREATE TABLE IF NOT EXISTS physical.sample_result (LIKE testing.sample_result INCLUDING ALL);
CREATE TABLE IF NOT EXISTS physical.result_key (LIKE testing.result_key INCLUDING ALL);
CREATE TABLE IF NOT EXISTS physical.outbox (LIKE testing.outbox INCLUDING ALL);
TRUNCATE physical.sample_result, physical.result_key, physical.outbox;
"""


async def measure(ground: Ground) -> list[Figure]:
    """Alternate pgbench and HTTP, so that both see the same noise."""
    script = await _write_script(ground)
    port = await ground.start("testing")
    await _load(ground, port, 1, seconds=2.0)  # warm: connections, plans, the key's cache
    limits: list[float] = []
    positives: list[Report] = []
    mixed: list[Report] = []
    for _ in range(ROUNDS):
        limits.append(await _pgbench(ground, script))
        positives.append(await _load(ground, port, 1))
        mixed.append(await _load(ground, port, 100))
    await ground.stop("testing")
    await ground.empty(*WRITTEN, "testing.outbox", *PHYSICAL)
    cost = max(1e6 * report.generator_cpu_seconds / report.accepted for report in positives)
    limit_name = f"pgbench, the same three inserts, {CLIENTS} clients"
    return [
        Figure(
            "single results, all positive",
            "results/s",
            [report.per_second for report in positives],
            limit_name,
            limits,
            Aim("ratio at least", 0.5),
            [
                f"answer p50 {positives[-1].p50_ms:.1f} ms, p99 {positives[-1].p99_ms:.1f} ms",
                f"the load generator takes {cost:.0f} µs of processor a request",
            ],
        ),
        Figure(
            "single results, 1 of 100 positive",
            "results/s",
            [report.per_second for report in mixed],
            limit_name,
            limits,
            notes=[f"answer p50 {mixed[-1].p50_ms:.1f} ms, p99 {mixed[-1].p99_ms:.1f} ms"],
        ),
    ]


async def _load(ground: Ground, port: int, positive_in: int, seconds: float = SECONDS) -> Report:
    bodies = write_singles(ground.folder / "singles.ndjson", MOST_REQUESTS, positive_in=positive_in)
    order = Order(port, "/v1/results", ground.key, str(bodies), CLIENTS, seconds)
    return await run_load(ground, order)


async def _pgbench(ground: Ground, script: Path) -> float:
    printed = await run_program(
        ground.binaries.root / "bin" / "pgbench",
        *("--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2"),
        *(f"--time={SECONDS:.0f}", f"--file={script}", ground.admin_url),
    )
    found = re.search(r"^tps = ([\d.]+)", printed, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"pgbench named no rate: {printed}")
    return float(found[1])


async def _write_script(ground: Ground) -> Path:
    """Three inserts with the values of a real result, as the service would write them, in one transaction."""
    connection = await asyncpg.connect(ground.admin_url)
    try:
        await connection.execute(TABLES)
    finally:
        await connection.close()
    script = ground.folder / "three_inserts.sql"
    script.write_text((Path(__file__).with_name("three_inserts.sql")).read_text("utf-8"), "utf-8")
    return script
