"""Batches of 10,000 announced returns over HTTP, people sealed, against COPY of the same rows."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.bodies import villages
from benchmarks.copying import copy_written
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from benchmarks.load import Order, Report, run_load
from benchmarks.returns import COUNTIES, person
from shared.clock import SHANGHAI, Clock

ROWS_EACH = 10_000
BATCHES = 3
ROUNDS = 3
CLIENTS = 1
WRITTEN = ("person", "person_statement", "care_place", "preregistration", "preregistration_statement")
"""The tables that announced returns leave rows in, besides the outbox, which the relay empties meanwhile."""
_numbers = count(2_000_000)


async def measure(ground: Ground) -> list[Figure]:
    """Announce people never told of before, then copy the rows that they left."""
    port = await ground.start("registration")
    rates: list[float] = []
    limits: list[float] = []
    report: Report | None = None
    for _ in range(ROUNDS):
        bodies = _write_batches(ground.folder / "preregistrations.ndjson")
        order = Order(port, "/v1/preregistrations/batch", ground.key, str(bodies), CLIENTS, seconds=120)
        report = await run_load(ground, order)
        rates.append(report.per_second * ROWS_EACH)
        limits.append(report.accepted * ROWS_EACH / await copy_written(ground, WRITTEN))
    await ground.stop("registration")
    assert report is not None
    return [
        Figure(
            "announced returns with person, seals and events",
            "rows/s",
            rates,
            f"COPY of the same rows of {len(WRITTEN)} tables, one session",
            limits,
            notes=[f"a batch of {ROWS_EACH:,}: p50 {report.p50_ms:.0f} ms with {CLIENTS} client"],
        )
    ]


def _write_batches(path: Path) -> Path:
    rows = announced()
    with path.open("w", encoding="utf-8") as file:
        for _ in range(BATCHES):
            file.write(json.dumps([next(rows) for _ in range(ROWS_EACH)]) + "\n")
    return path


def announced() -> Iterator[dict[str, Any]]:
    """Yield announced returns of people never told of before, as villages take them down."""
    places = villages()
    today = Clock().now().astimezone(SHANGHAI).date()
    for number in _numbers:
        random = Random(number)
        yield {
            "reference": f"Y-{number}",
            "division": places[number % len(places)],
            "source": "village",
            "person": {**person(number), "contact": {"name": "李梅", "telephone": f"138{number:08d}"}},
            "origin": random.choice(COUNTIES),
            "places": random.sample(COUNTIES, 2),
            "transport": {"kind": "train", "number": f"G{number % 300}", "seat": "05车12F"},
            "intended_on": (today + timedelta(days=number % 14)).isoformat(),
            "health": "well",
        }
