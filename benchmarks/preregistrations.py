"""Batches of 10,000 announced returns over HTTP, people sealed, against COPY of the same rows."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

from benchmarks.bodies import villages
from benchmarks.figures import Figure
from benchmarks.ground import Ground
from benchmarks.returns import COUNTIES, person
from benchmarks.written_batches import Batches, send_rounds
from shared.clock import SHANGHAI, Clock

ROWS_EACH = 10_000
BATCHES = 3
CLIENTS = 1
WRITTEN = ("person", "person_statement", "care_place", "preregistration", "preregistration_statement")
"""The tables that announced returns leave rows in, besides the outbox, which the relay empties meanwhile."""
_numbers = count(2_000_000)


async def measure(ground: Ground) -> list[Figure]:
    """Announce people never told of before, then copy the rows that they left."""
    port = await ground.start("registration")
    sent = Batches("/v1/preregistrations/batch", announced(), ROWS_EACH, BATCHES, CLIENTS, 120, WRITTEN)
    rounds = await send_rounds(ground, port, sent)
    await ground.stop("registration")
    return [
        Figure(
            "announced returns with person, seals and events",
            "rows/s",
            rounds.rates,
            f"COPY of the same rows of {len(WRITTEN)} tables, one session",
            rounds.limits,
            notes=[f"a batch of {ROWS_EACH:,}: p50 {rounds.last.p50_ms:.0f} ms with {CLIENTS} client"],
        )
    ]


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
