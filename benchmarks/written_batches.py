"""Rounds of batches over HTTP, each beside COPY of the rows that they left."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from benchmarks.copying import copy_written
from benchmarks.ground import Ground
from benchmarks.load import Order, Report, run_load

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Batches:
    """What is sent in every round, and the tables in which it leaves rows."""

    path: str
    rows: Iterator[dict[str, Any]]
    """Rows never told of before, without an end."""
    rows_each: int
    batches: int
    clients: int
    seconds: float
    """After which a round is over."""
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rounds:
    """Rows per second of each round, those of COPY, and the report of the last round."""

    rates: list[float]
    limits: list[float]
    last: Report


async def send_rounds(ground: Ground, port: int, sent: Batches) -> Rounds:
    """Send the rounds to the service at `port`, and copy the rows of each into tables of the same form."""
    rates: list[float] = []
    limits: list[float] = []
    report: Report | None = None
    bodies = ground.folder / "batches.ndjson"
    for _ in range(ROUNDS):
        with bodies.open("w", encoding="utf-8") as file:
            for _ in range(sent.batches):
                file.write(json.dumps(list(islice(sent.rows, sent.rows_each))) + "\n")
        order = Order(port, sent.path, ground.key, str(bodies), sent.clients, seconds=sent.seconds)
        report = await run_load(ground, order)
        rates.append(report.per_second * sent.rows_each)
        limits.append(report.accepted * sent.rows_each / await copy_written(ground, sent.written))
    assert report is not None
    return Rounds(rates, limits, report)
