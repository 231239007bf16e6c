"""Tells the real doors what a municipality's busiest hour brings, as fast as they take it."""

import asyncio
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil

from drills.doors import Doors, make_keys
from drills.places import DIVISIONS_FILE
from drills.run import PlatformScreen, clear_state, platform_on_fast_clock
from drills.whole.scenario import WholeMunicipality
from shared.clock import Clock
from shared.divisions import DivisionRegister

CODE = "drill-municipality"
PARTY = "laboratory"
LABORATORY = {"institution": "500000-cdc", "division": "500000"}
KINDS = ("received", "registered", "run", "sealed", "boxed", "handed-over")
PROCESSES = {"postgres": "postgres", "nats-server": "nats", "services.testing": "testing"}


@dataclass(slots=True)
class LoadPlay:
    """What one machine carried."""

    seconds: float = 0.0
    rows: Counter[str] = field(default_factory=Counter[str])
    refused: int = 0
    call_seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict[str, list[float]](list))
    cores: dict[str, float] = field(default_factory=dict[str, float])
    """How many cores each part used, on the average."""
    busy_cores: float = 0.0
    """How many cores of the machine were busy, whoever used them."""
    counted: int = 0
    """People that the campaign's figures show in the end."""

    def per_second(self, stage: str) -> float:
        """Return how many rows of a stage were carried in a second."""
        return self.rows[stage] / self.seconds if self.seconds else 0.0

    def passed(self, load: WholeMunicipality) -> bool:
        """Whether every row was taken and every person counted."""
        people = self.rows["tubes"] * load.pool_size
        return self.rows["results"] > 0 and not self.refused and self.counted == people


async def play_load(
    load: WholeMunicipality, state: Path, screen: PlatformScreen, *, minutes: float
) -> LoadPlay:
    """Send for so many minutes and return what was carried; raises CannotStart, Refused."""
    clear_state(state)
    register = DivisionRegister.load(DIVISIONS_FILE)
    villages = [unit.code for unit in register.units() if unit.level == "village"]
    (state / "divisions.csv").write_bytes(DIVISIONS_FILE.read_bytes())
    play = LoadPlay()
    async with platform_on_fast_clock(state, Clock().now(), 1.0, screen) as (addresses, clock):
        keys = await make_keys(addresses.database_url, load.division)
        async with Doors.open(addresses.services, keys) as doors:
            campaign_id = await _begin(doors, load, clock)
            numbers = itertools.count()
            ends = time.monotonic() + 60 * minutes
            before, began, busy = _used(), time.monotonic(), _busy()
            await asyncio.gather(
                *(
                    _call(doors, load, villages, campaign_id, numbers, clock, ends, play)
                    for _ in range(load.callers)
                )
            )
            play.seconds = time.monotonic() - began
            after = _used()
            play.busy_cores = (_busy() - busy) / play.seconds
            play.cores = {name: (after[name] - before.get(name, 0.0)) / play.seconds for name in after}
            figures = await doors.get(PARTY, "testing", f"/v1/campaigns/{CODE}/figures")
            play.counted = figures["total"]["resulted_people"]
    return play


async def _begin(doors: Doors, load: WholeMunicipality, clock: Clock) -> str:
    body = {
        "division": load.division,
        "name": load.title.zh,
        "divisions": [load.division],
        "target": "metro-all-supported",
        "starts_at": clock.now().isoformat(),
        "people": [{"division": load.division, "people": load.people}],
        "points": [],
        "laboratories": [],
        "teams": 0,
    }
    address = doors.address("testing", f"/v1/campaigns/{CODE}")
    stated = await doors.client.put(address, json=body, headers=doors.headers(PARTY))
    stated.raise_for_status()
    start = {"started_at": (clock.now() - timedelta(hours=6)).isoformat()}
    await doors.post(PARTY, "testing", f"/v1/campaigns/{CODE}/start", start)
    return stated.json()["campaign_id"]


async def _call(
    doors: Doors,
    load: WholeMunicipality,
    villages: list[str],
    campaign_id: str,
    numbers: "itertools.count[int]",
    clock: Clock,
    ends: float,
    play: LoadPlay,
) -> None:
    """Sample, hand in and test one call's tubes after another until the time is over."""
    while time.monotonic() < ends:
        batch = [next(numbers) for _ in range(load.tubes_per_call)]
        now = clock.now()
        opened_at, arrived_at = now - timedelta(hours=5), now - timedelta(hours=2)
        village = {number: villages[number % len(villages)] for number in batch}
        tubes = [
            {
                "code": f"M-{number}",
                "division": village[number],
                "point": f"p-{village[number]}",
                "size": load.pool_size,
                "campaign_id": campaign_id,
                "opened_at": opened_at.isoformat(),
                "members": [
                    {"person_id": str(UUID(int=(1 << 100) + number * load.pool_size + place))}
                    for place in range(load.pool_size)
                ],
            }
            for number in batch
        ]
        steps = [
            {
                "kind": kind,
                "at": (arrived_at + timedelta(minutes=place)).isoformat(),
                "tube_code": f"M-{number}",
                **LABORATORY,
            }
            for number in batch
            for place, kind in enumerate(KINDS[: load.steps_per_tube])
        ]
        results = [
            {
                "tube_code": f"M-{number}",
                "institution": LABORATORY["institution"],
                "division": village[number],
                "method": "pcr",
                "result": "negative",
                "pool_size": load.pool_size,
                "sampled_at": opened_at.isoformat(),
                "resulted_at": now.isoformat(),
            }
            for number in batch
        ]
        for stage, path, rows in (
            ("tubes", "/v1/tubes/batch", tubes),
            ("steps", "/v1/tube-steps/batch", steps),
            ("results", "/v1/results/batch", results),
        ):
            await _send(doors, stage, path, rows, play)


async def _send(doors: Doors, stage: str, path: str, rows: list[dict[str, Any]], play: LoadPlay) -> None:
    began = time.monotonic()
    answer = await doors.post(PARTY, "testing", path, rows)
    play.call_seconds[stage].append(time.monotonic() - began)
    play.rows[stage] += answer["stored"]
    play.refused += answer["refused"]


def _used() -> dict[str, float]:
    """Return the seconds of processor that each part of the platform, and this drill, has used."""
    found: dict[str, float] = defaultdict(float)
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            words, spent = " ".join(process.cmdline()), process.cpu_times()
        except psutil.Error:
            continue
        name = next((part for word, part in PROCESSES.items() if word in words), "other services")
        found["this drill" if process == me else name] += spent.user + spent.system
    return dict(found)


def _busy() -> float:
    """Return how many seconds the machine's cores have worked, for whomever."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0)


def _limit(play: LoadPlay) -> str:
    """Say what held the pace: the processor, others who used it, or waiting for disk and answers."""
    cores, own = psutil.cpu_count() or 1, sum(play.cores.values())
    if play.busy_cores < 0.85 * cores:
        return "waiting (disk, answers): the cores were not full"
    if own < 0.75 * play.busy_cores:
        return f"other programs on this machine, which used {play.busy_cores - own:.2f} cores"
    most = max(play.cores, key=lambda name: play.cores[name])
    return f"the processor, most of it {most}"


def figures_of(load: WholeMunicipality, play: LoadPlay) -> Mapping[str, str]:
    """Return what is printed: what was carried, what limits, and what the busiest hour would need."""
    needed = load.peak_tubes_per_second
    shown: dict[str, str] = {"seconds": f"{play.seconds:.0f}"}
    for stage in ("tubes", "steps", "results"):
        seconds = sorted(play.call_seconds[stage])
        p99 = 1000 * seconds[min(len(seconds) - 1, int(0.99 * len(seconds)))] if seconds else 0
        shown[f"{stage} carried per second (a call, p99)"] = f"{play.per_second(stage):,.1f} ({p99:,.0f} ms)"
    shown["people carried per second"] = f"{play.per_second('tubes') * load.pool_size:,.0f}"
    for name, cores in sorted(play.cores.items(), key=lambda one: -one[1]):
        shown[f"cores used: {name}"] = f"{cores:.2f}"
    cores, own = psutil.cpu_count() or 1, sum(play.cores.values())
    shown["cores busy, whoever used them"] = f"{play.busy_cores:.2f} of {cores}"
    shown["what limits"] = _limit(play)
    carried = play.per_second("results")
    if own:
        alone = carried / own * cores
        shown["tubes per second if all cores were ours (estimate)"] = f"{alone:,.0f}"
    shown["tubes per second that the busiest hour needs"] = f"{needed:,.1f}"
    shown["carried, as a share of it"] = f"{carried / needed:.2f}" if needed else "-"
    days = load.people / load.pool_size / carried / 86_400 if carried else float("inf")
    shown["days for everybody at the pace carried"] = f"{days:.2f}"
    shown["machines like this one for the busiest hour"] = f"{needed / carried:.2f}" if carried else "-"
    return shown
