"""Batches of returns over HTTP, with person, plan, tests and clock event, against COPY of the same rows."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from benchmarks.bodies import villages
from benchmarks.figures import Aim, Figure
from benchmarks.ground import Ground
from benchmarks.load import Order, run_load
from benchmarks.written_batches import Batches, send_rounds
from services.registration.rules.people.identity import check_digit
from shared.clock import SHANGHAI, Clock

ROWS_EACH = 1_000
BATCHES = 10
CLIENTS = 2
WRITTEN = (
    *("person", "person_place", "person_statement", "return_record", "return_reference", "return_statement"),
    *("return_facts", "return_route", "plan", "plan_version", "plan_stage", "plan_test", "transfer"),
)
"""The tables that returns leave rows in, besides the outbox, which the relay empties meanwhile."""
COUNTIES = ("130104", "110101", "440106", "310104", "320102", "330106", "420106", "350206")
RISKY = ({"area": "130104", "level": "medium"}, {"area": "440106", "level": "high"})
_numbers = count(1)


async def measure(ground: Ground) -> list[Figure]:
    """Send new people's returns, then copy the rows that they left into tables of the same form."""
    port = await ground.start("registration")
    await _mark_risk_areas(ground, port)
    sent = Batches("/v1/returns/batch", _returns(), ROWS_EACH, BATCHES, CLIENTS, 60, WRITTEN)
    rounds = await send_rounds(ground, port, sent)
    await ground.stop("registration")
    return [
        Figure(
            "returns with person, plan, tests and events",
            "returns/s",
            rounds.rates,
            f"COPY of the same rows of {len(WRITTEN)} tables, one session",
            rounds.limits,
            Aim("value at least", 1_000),
            [f"a batch of {ROWS_EACH:,} returns: p50 {rounds.last.p50_ms:.0f} ms with {CLIENTS} clients"],
        )
    ]


async def _mark_risk_areas(ground: Ground, port: int) -> None:
    since = (Clock().now() - timedelta(days=60)).date().isoformat()
    file = ground.folder / "risk-areas.ndjson"
    rows = [{**area, "name": area["area"], "from": since, "source": "bench"} for area in RISKY]
    file.write_text(json.dumps(rows) + "\n", "utf-8")
    await run_load(ground, Order(port, "/v1/risk-areas/batch", ground.key, str(file), 1, seconds=10))


def _returns() -> Iterator[dict[str, Any]]:
    """Yield returns of people never told of before: a third registered, two thirds returning workers."""
    places, now = villages(), Clock().now()
    for number in _numbers:
        random = Random(number)
        arrived = now - timedelta(hours=random.randint(1, 40))
        origin = random.choice(COUNTIES)
        yield {
            "reference": f"B-{number}",
            "division": places[number % len(places)],
            "source": "village",
            "arrived_at": arrived.isoformat(),
            "registered_at": now.isoformat() if number % 3 == 0 else None,
            "person": person(number),
            "origin": origin,
            "route": [_stay(origin, arrived)],
            "transport": {"kind": "train", "number": f"G{number % 300}", "seat": "05车12F"},
            "proofs": [_test(arrived - timedelta(days=random.randint(1, 9)))],
            "returning_worker": number % 3 != 0,
        }


def person(number: int) -> dict[str, Any]:
    """Return somebody with a sound identity card and telephone of their own."""
    born = datetime(1950, 1, 1) + timedelta(days=number % 20_000)  # noqa: DTZ001  # a day, not an instant
    first = f"500104{born:%Y%m%d}{number // 20_000:03d}"
    return {
        "name": "张伟",
        "identity": {"number": first + check_digit(first)},
        "telephone": f"139{number:08d}",
    }


def _stay(area: str, arrived: datetime) -> dict[str, str]:
    day = arrived.astimezone(SHANGHAI).date()
    return {
        "area": area,
        "entered_on": (day - timedelta(days=30)).isoformat(),
        "left_on": (day - timedelta(days=1)).isoformat(),
    }


def _test(sampled_at: datetime) -> dict[str, str]:
    return {"kind": "negative-test", "sampled_at": sampled_at.isoformat(), "result": "negative"}
