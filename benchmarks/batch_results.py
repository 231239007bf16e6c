"""Batches of 10,000 results over HTTP against COPY of the same rows, and against pydantic alone."""

import json
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import TypeAdapter

from benchmarks.bodies import write_batches
from benchmarks.costs import Cost
from benchmarks.figures import Aim, Figure
from benchmarks.ground import Ground
from benchmarks.load import Order, Report, run_load
from benchmarks.single_results import TABLES, WRITTEN
from services.testing.rules.results.result import sample_id
from services.testing.wire.results import ResultRow
from shared.clock import Clock

ROWS_EACH = 10_000
BATCHES = 12
ROUNDS = 3
CLIENTS = 2
COLUMNS = (
    *("sample_id", "revision", "tube_code", "institution", "division", "method", "result"),
    *("sampled_at", "resulted_at", "recorded_at", "received_at", "received_from"),
)


async def measure(ground: Ground) -> list[Figure]:
    """Alternate COPY and HTTP with the same rows, as many sessions as clients."""
    port = await ground.start("testing")
    rates: list[float] = []
    limits: list[float] = []
    validated: list[float] = []
    costs: list[Cost] = []
    report: Report | None = None
    for round_ in range(ROUNDS):
        bodies = write_batches(ground.folder / "batches.ndjson", BATCHES, ROWS_EACH)
        limits.append(await _copy(ground, bodies))
        validated.append(_validate(bodies))
        order = Order(port, "/v1/results/batch", ground.key, str(bodies), CLIENTS, seconds=60)
        before = Cost.now(ground)
        report = await run_load(ground, order)
        rates.append(report.per_second * ROWS_EACH)
        costs.append(Cost.now(ground).since(before, report.accepted * ROWS_EACH))
        if round_ < ROUNDS - 1:
            await ground.empty(*WRITTEN, "physical.sample_result")
    await ground.stop("testing")
    await ground.empty(*WRITTEN, "testing.outbox", "physical.sample_result")
    assert report is not None
    cost = min(costs, key=lambda one: one.service + one.postgres)
    return [
        Figure(
            "batch rows, 1 of 100 positive",
            "rows/s",
            rates,
            f"COPY of the same rows, {ROWS_EACH:,} a transaction, one session",
            limits,
            Aim("value at least", 30_000),
            [
                f"a batch of {ROWS_EACH:,} rows: p50 {report.p50_ms:.0f} ms with {CLIENTS} clients",
                f"processor time a row: service {cost.service:.1f} µs, PostgreSQL {cost.postgres:.1f} µs",
            ],
        ),
        Figure(
            "batch rows beside pydantic alone",
            "rows/s",
            rates,
            "pydantic validating the same bytes, one core, nothing stored",
            validated,
        ),
    ]


def _validate(bodies: Path) -> float:
    """Return how many rows a second pydantic validates; it does nothing else with them."""
    batches = bodies.read_bytes().splitlines()
    rows = TypeAdapter(list[ResultRow])
    started = time.perf_counter()
    for batch in batches:
        rows.validate_json(batch)
    return len(batches) * ROWS_EACH / (time.perf_counter() - started)


async def _copy(ground: Ground, bodies: Path) -> float:
    batches = _read_batches(bodies)
    connection = await asyncpg.connect(ground.admin_url, server_settings={"search_path": "physical"})
    try:
        await connection.execute(TABLES)
        started = time.perf_counter()
        for records in batches:
            await connection.copy_records_to_table("sample_result", records=records, columns=COLUMNS)
        return len(batches) * ROWS_EACH / (time.perf_counter() - started)
    finally:
        await connection.close()


def _read_batches(bodies: Path) -> list[list[tuple[Any, ...]]]:
    return [_records(json.loads(line)) for line in bodies.read_text("utf-8").splitlines()]


def _records(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    now = Clock().now()
    return [
        (
            sample_id(row["institution"], row["tube_code"]),
            1,
            *(row[column] for column in COLUMNS[2:7]),
            datetime.fromisoformat(row["sampled_at"]),
            datetime.fromisoformat(row["resulted_at"]),
            *(now, now, "abcdefghjkmn"),
        )
        for row in rows
    ]
