"""Tells the platform what happens, when it happens, in batches through the public API."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from drills.doors import Doors
from drills.festival.bodies import Told
from drills.festival.scenario import Festival
from shared.clock import Clock

ROWS_TOGETHER = 1_000
AT_ONCE = 2
LOOK_SECONDS = 0.2
PARTY = "town"
FIVE = ("town-cadre", "village-cadre", "police-officer", "village-doctor", "grid-worker")
"""Who answers for each returned person (渡建胜肺炎组发〔2021〕2号 §5)."""
LACKING = "village-doctor"
VILLAGES_TOGETHER = 500


@dataclass(slots=True)
class Sent:
    """What was sent and what was answered."""

    rows: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    return_ids: dict[str, str] = field(default_factory=dict[str, str])
    """The return's id of each reference that was told."""
    batch_seconds: list[float] = field(default_factory=list[float])
    seconds: float = 0.0
    latest: timedelta = timedelta()
    """How far behind the world the telling was at its worst."""


async def register_risk_areas(doors: Doors, festival: Festival) -> None:
    """Put the risk areas on the register, through its door."""
    rows = [
        {
            "area": one.area,
            "name": one.name,
            "level": one.level,
            "from": (festival.starts_at.date() - timedelta(days=one.since_days_before)).isoformat(),
            "source": "drill",
        }
        for one in festival.risk_areas
    ]
    receipt = await doors.post(PARTY, "registration", "/v1/risk-areas/batch", rows)
    if receipt["refused"]:
        raise ValueError(f"risk areas were refused: {receipt['rows']}")


async def fill_grid(doors: Doors, villages: Sequence[str], gap_every: int) -> set[str]:
    """Name the five who answer for each village; return the villages that were left without a doctor."""
    gaps = {village for number, village in enumerate(villages, start=1) if number % gap_every == 0}
    for start in range(0, len(villages), VILLAGES_TOGETHER):
        part = villages[start : start + VILLAGES_TOGETHER]
        held = [
            (role, village, f"{role}-{start + place}")
            for place, village in enumerate(part)
            for role in FIVE
            if not (role == LACKING and village in gaps)
        ]
        document = {
            "people": [
                {"id": key, "name": "责任人", "division": village, "roles": [role]}
                for role, village, key in held
            ],
            "responsibilities": [
                {"role": role, "person": key, "division": village} for role, village, key in held
            ],
        }
        receipt = await doors.post(PARTY, "registration", "/v1/grid", document)
        if receipt["refused"]:
            raise ValueError(f"the grid was refused in part: {receipt['rows'][:5]}")
    return gaps


async def tell(doors: Doors, told: Sequence[Told], clock: Clock, sent: Sent) -> None:
    """Tell everything in its order, nothing before its time; `told` is sorted."""
    began, place = time.monotonic(), 0
    while place < len(told):
        now = clock.now()
        end = place
        while end < len(told) and end - place < ROWS_TOGETHER * AT_ONCE and told[end].at <= now:
            end += 1
        if end == place:
            await asyncio.sleep(min(LOOK_SECONDS, clock.real_seconds(told[place].at - now)))
            continue
        sent.latest = max(sent.latest, now - told[place].at)
        await _send(doors, told[place:end], sent)
        place = end
    sent.seconds = time.monotonic() - began


async def _send(doors: Doors, told: Sequence[Told], sent: Sent) -> None:
    rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in told:
        rows[one.path].append(one.row)
    batches = [
        (path, part[start : start + ROWS_TOGETHER])
        for path, part in sorted(rows.items())
        for start in range(0, len(part), ROWS_TOGETHER)
    ]
    await asyncio.gather(*(_post(doors, path, batch, sent) for path, batch in batches))


async def _post(doors: Doors, path: str, rows: list[dict[str, Any]], sent: Sent) -> None:
    began = time.perf_counter()
    receipt = await doors.post(PARTY, "registration", path, rows)
    sent.batch_seconds.append(time.perf_counter() - began)
    sent.rows += len(rows)
    for row, verdict in zip(rows, receipt["rows"], strict=True):
        if verdict["verdict"] == "refused":
            sent.refused.append({"path": path, "row": row, "problems": verdict["problems"]})
        elif "return_id" in verdict:
            sent.return_ids[row["reference"]] = verdict["return_id"]
