"""What a row of a batch costs with a million results stored, and with many millions: the same, we hope."""

import os

import asyncpg

from benchmarks.bodies import write_batches
from benchmarks.costs import Cost
from benchmarks.figures import Aim, Figure
from benchmarks.ground import Ground
from benchmarks.load import Order, run_load
from benchmarks.single_results import WRITTEN

MILLION = 1_000_000
MILLIONS = int(os.environ.get("DUTYCLOCK_BENCH_MILLIONS", "10"))
"""How many are stored at the far end; fifty take twenty gigabytes and a quarter of an hour."""
FLAT = 1.2
"""A row may cost this much more at the far end; the rounds of one end lie as far apart."""
ROWS_EACH = 10_000
BATCHES = 12
ROUNDS = 3
WEEKS = 26

# Twenty laboratories whose tubes run in sequence, spread over half a year.
FILL = """
WITH filled AS (
    SELECT number, md5('bench ' || number)::uuid AS sample_id,
        'G' || lpad((number / 20)::text, 9, '0') AS tube_code, 'bench-' || number % 20 AS institution,
        now() - (1 - number / $3::float8) * $4 * interval '7 days' AS at
    FROM generate_series($1::bigint, $2::bigint) AS number
), keyed AS (
    INSERT INTO testing.result_key (institution, tube_code, revision, sample_id, received_at)
    SELECT institution, tube_code, 1, sample_id, at FROM filled
)
INSERT INTO testing.sample_result (
    sample_id, revision, tube_code, institution, division, method, result,
    sampled_at, resulted_at, recorded_at, received_at, received_from
)
SELECT sample_id, 1, tube_code, institution, '500104102001', 'pcr', 'negative',
    at - interval '6 hours', at, at, at, 'bench'
FROM filled
"""


async def measure(ground: Ground) -> list[Figure]:
    """Fill with SQL, then send the same number of batches at both ends; processor time, not wall time."""
    port = await ground.start("testing")
    near = await _costs(ground, port, 0, MILLION)
    far = await _costs(ground, port, MILLION, MILLIONS * MILLION)
    await ground.stop("testing")
    await ground.empty(*WRITTEN, "testing.outbox")
    return [
        Figure(
            f"processor time of a batch row, {MILLIONS} million stored",
            "µs",
            [one.service + one.postgres for one in far],
            "the same with one million stored",
            [one.service + one.postgres for one in near],
            Aim("ratio at most", FLAT),
            [
                f"of {name}: {min(at_one):.1f} µs with one million, "
                f"{min(at_many):.1f} µs with {MILLIONS} million"
                for name, at_one, at_many in (
                    ("the service", [one.service for one in near], [one.service for one in far]),
                    ("PostgreSQL", [one.postgres for one in near], [one.postgres for one in far]),
                )
            ],
        )
    ]


async def _costs(ground: Ground, port: int, since: int, until: int) -> list[Cost]:
    await _fill(ground, since, until)
    costs: list[Cost] = []
    for _ in range(ROUNDS):
        bodies = write_batches(ground.folder / "growth.ndjson", BATCHES, ROWS_EACH)
        before = Cost.now(ground)
        order = Order(port, "/v1/results/batch", ground.key, str(bodies), 1, seconds=120)
        report = await run_load(ground, order)
        costs.append(Cost.now(ground).since(before, report.accepted * ROWS_EACH))
    return costs


async def _fill(ground: Ground, since: int, until: int) -> None:
    connection = await asyncpg.connect(ground.admin_url, server_settings={"search_path": "testing"})
    try:
        await connection.execute(f"SELECT keep_result_weeks(now() - interval '{WEEKS + 1} weeks', now())")
        for first in range(since + 1, until + 1, MILLION):
            last = min(first + MILLION - 1, until)
            await connection.execute(FILL, first, last, MILLIONS * MILLION, WEEKS)
        await connection.execute("VACUUM (ANALYZE) sample_result, result_key")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
