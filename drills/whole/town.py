"""Plays a town that tests everybody on a fast clock, and compares every figure with what the file demands."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from drills.doors import Doors, make_keys
from drills.messages import say
from drills.places import DIVISIONS_FILE, write_register
from drills.run import NotReadyInTime, PlatformScreen, clear_state, platform_on_fast_clock
from drills.whole.scenario import WholeTown
from shared.clock import Clock
from shared.divisions import DivisionRegister

HOUR = timedelta(hours=1)
INTO_THE_HOUR = timedelta(minutes=20)
CODE = "drill-town"
TOP = "500000"
PARTY = "laboratory"
ROWS = {"/v1/tubes/batch": 200, "/v1/tube-steps/batch": 1_000, "/v1/results/batch": 1_000}
LOOK_SECONDS = 0.2
WAIT_SECONDS = 60.0
STAGES = ("sampled_people", "arrived_people", "resulted_people", "positive_tubes")


@dataclass(frozen=True, slots=True)
class Tube:
    """A tube as the drill knows it: what the platform must count follows from it alone."""

    code: str
    village: str
    opened_at: datetime
    arrived_at: datetime
    resulted_at: datetime
    members: tuple[str, ...]
    positive: bool


@dataclass(slots=True)
class TownPlay:
    """What was compared, and what differs."""

    people: int = 0
    rows: int = 0
    compared: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    @property
    def passed(self) -> bool:
        """Whether something was compared and nothing differs."""
        return bool(self.compared) and not self.wrong

    def hold(self, what: str, demanded: object, found: object) -> None:
        """Compare one figure."""
        self.compared[what] += 1
        if demanded != found:
            self.wrong.append(f"{what}: {demanded} demanded, {found} found")


async def play_town(
    town: WholeTown, state: Path, screen: PlatformScreen, *, share: float, lead_seconds: float
) -> TownPlay:
    """Play the drill in the state folder, which is emptied first.

    Raises CannotStart, NotReadyInTime, Refused.
    """
    clear_state(state)
    register = DivisionRegister.load(DIVISIONS_FILE).part([town.division, "500104"])
    write_register(register, state / "divisions.csv")
    villages = [
        unit.code
        for unit in register.units()
        if unit.level == "village" and unit.code.startswith(town.division)
    ]
    count = max(town.stay_away_every, round(town.people_per_village * share))
    origin = town.starts_at - timedelta(seconds=lead_seconds * town.rate)
    async with platform_on_fast_clock(state, origin, town.rate, screen) as (addresses, clock):
        keys = await make_keys(addresses.database_url, TOP)
        async with Doors.open(addresses.services, keys) as doors:
            play = TownPlay(people=count * len(villages))
            registered = await _register(doors, town, villages, count)
            campaign_id = await _prepare(doors, town, villages, play)
            if clock.now() >= town.starts_at:
                raise NotReadyInTime(say("not-ready-in-time", rate=f"{town.rate:g}"))
            await asyncio.sleep(clock.real_seconds(town.starts_at - clock.now()))
            start = {"started_at": town.starts_at.isoformat()}
            await doors.post(PARTY, "testing", f"/v1/campaigns/{CODE}/start", start)
            tubes = list(_tubes(town, registered))
            await _tell(doors, sorted(_rows(town, tubes, campaign_id), key=lambda one: one[0]), clock, play)
            await _judge(doors, town, registered, tubes, play)
    return play


async def _register(
    doors: Doors, town: WholeTown, villages: Sequence[str], count: int
) -> dict[str, list[str]]:
    """Put everybody on the register of households; returns the people of each village by their ids."""
    people: dict[str, list[str]] = {}
    for village in villages:
        rows = [
            {
                "division": village,
                "reference": f"R-{number}",
                "building": f"{number // town.people_per_building + 1:03d}栋",
            }
            for number in range(count)
        ]
        kept = await doors.post(PARTY, "testing", "/v1/residents/batch", rows)
        people[village] = [row["person_id"] for row in kept["rows"]]
    return people


async def _prepare(doors: Doors, town: WholeTown, villages: Sequence[str], play: TownPlay) -> str:
    """State the campaign and ask the planner; returns the id that tubes name."""
    posts = 6
    body = {
        "division": town.division,
        "name": town.title.zh,
        "divisions": [town.division],
        "target": town.target,
        "starts_at": town.starts_at.isoformat(),
        "pool_size": town.pool_size,
        "teams": 2 * posts * len(villages),
        "points": [
            {"code": f"p-{village}", "division": village, "posts": posts, "people_per_hour": 60}
            for village in villages
        ],
        "laboratories": [town.laboratory.model_dump()],
        "transport": {"vehicles": 4},
    }
    headers = doors.headers(PARTY)
    address = doors.address("testing", f"/v1/campaigns/{CODE}")
    stated = await doors.client.put(address, json=body, headers=headers)
    stated.raise_for_status()
    ordered = await doors.post(PARTY, "testing", f"/v1/campaigns/{CODE}/plans")
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS
    plan = ordered
    while plan["state"] in ("waiting", "computing") and loop.time() < deadline:
        await asyncio.sleep(LOOK_SECONDS)
        plan = await doors.get(PARTY, "testing", f"/v1/campaigns/{CODE}/plans/{ordered['number']}")
    findings = plan["findings"] or {}
    play.hold("people of the plan", play.people, findings.get("people"))
    play.hold("whether it can be done", town.expects.feasible, findings.get("feasible"))
    return stated.json()["campaign_id"]


def _comes(town: WholeTown, number: int) -> bool:
    return number % town.stay_away_every != town.stay_away_every - 1


def _tubes(town: WholeTown, registered: dict[str, list[str]]) -> Iterator[Tube]:
    made = 0
    stands = (
        town.starts_at + town.standstill.from_hour * HOUR,
        town.starts_at + town.standstill.until_hour * HOUR,
    )
    for village, people in registered.items():
        come = [person for number, person in enumerate(people) if _comes(town, number)]
        a_tube = town.pool_size
        pools = [tuple(come[start : start + a_tube]) for start in range(0, len(come), a_tube)]
        an_hour = ceil(len(pools) / town.sampling_hours)
        for number, members in enumerate(pools):
            opened_at = town.starts_at + (number // an_hour) * HOUR + INTO_THE_HOUR
            resulted_at = opened_at + town.result_after
            if stands[0] <= resulted_at < stands[1]:
                resulted_at = stands[1] + INTO_THE_HOUR
            made += 1
            yield Tube(
                f"D-{village}-{number}",
                village,
                opened_at,
                opened_at + town.arrives_after,
                resulted_at,
                members,
                made % town.positive_tube_every == 0,
            )


def _rows(
    town: WholeTown, tubes: Sequence[Tube], campaign_id: str
) -> Iterator[tuple[datetime, str, dict[str, Any]]]:
    laboratory = town.laboratory
    for tube in tubes:
        yield (
            tube.opened_at,
            "/v1/tubes/batch",
            {
                "code": tube.code,
                "division": tube.village,
                "point": f"p-{tube.village}",
                "size": town.pool_size,
                "campaign_id": campaign_id,
                "opened_at": tube.opened_at.isoformat(),
                "members": [{"person_id": person} for person in tube.members],
            },
        )
        yield (
            tube.arrived_at,
            "/v1/tube-steps/batch",
            {
                "kind": "received",
                "at": tube.arrived_at.isoformat(),
                "tube_code": tube.code,
                "division": laboratory.division,
                "institution": laboratory.code,
            },
        )
        yield (
            tube.resulted_at,
            "/v1/results/batch",
            {
                "tube_code": tube.code,
                "institution": laboratory.code,
                "division": tube.village,
                "method": "pcr",
                "result": "positive" if tube.positive else "negative",
                "pool_size": town.pool_size,
                "sampled_at": tube.opened_at.isoformat(),
                "resulted_at": tube.resulted_at.isoformat(),
            },
        )


async def _tell(
    doors: Doors, rows: Sequence[tuple[datetime, str, dict[str, Any]]], clock: Clock, play: TownPlay
) -> None:
    """Tell everything when it has happened, in batches; now and then one twice, as broken links do."""
    sent = 0
    while sent < len(rows):
        now = clock.now()
        due: dict[str, list[dict[str, Any]]] = defaultdict(list)
        while sent < len(rows) and rows[sent][0] <= now:
            due[rows[sent][1]].append(rows[sent][2])
            sent += 1
        for path, most in ROWS.items():
            for start in range(0, len(due[path]), most):
                batch = due[path][start : start + most]
                answer = await doors.post(PARTY, "testing", path, batch)
                play.rows += len(batch)
                play.hold("rows taken", (len(batch), 0), (answer["stored"], answer["refused"]))
                if start == 0 and play.compared["rows taken"] % 5 == 0:
                    again = await doors.post(PARTY, "testing", path, batch)
                    play.hold("repetitions", (0, len(batch)), (again["stored"], again["duplicate"]))
        if sent < len(rows):
            await asyncio.sleep(min(LOOK_SECONDS, clock.real_seconds(rows[sent][0] - clock.now())))


async def _judge(
    doors: Doors,
    town: WholeTown,
    registered: dict[str, list[str]],
    tubes: Sequence[Tube],
    play: TownPlay,
) -> None:
    path = f"/v1/campaigns/{CODE}"
    figures = await _settled(doors, f"{path}/figures", tubes)
    hours: dict[datetime, Counter[str]] = defaultdict(Counter[str])
    points: dict[str, Counter[str]] = defaultdict(Counter[str])
    for tube in tubes:
        for at, stage in (
            (tube.opened_at, "sampled_people"),
            (tube.arrived_at, "arrived_people"),
            (tube.resulted_at, "resulted_people"),
        ):
            hours[at.replace(minute=0)][stage] += len(tube.members)
            points[tube.village][stage] += len(tube.members)
        hours[tube.resulted_at.replace(minute=0)]["positive_tubes"] += tube.positive
        points[tube.village]["positive_tubes"] += tube.positive
    found_hours = {datetime.fromisoformat(one["hour"]): one["counts"] for one in figures["hours"]}
    for hour in sorted({*hours, *found_hours}):
        for stage in STAGES:
            play.hold(f"{stage} by hour", hours[hour][stage], found_hours.get(hour, {}).get(stage, 0))
    for one in await doors.get_all(PARTY, "testing", f"{path}/points"):
        for stage in STAGES:
            play.hold(f"{stage} by point", points[one["division"]][stage], one["counts"][stage])
    (laboratory,) = figures["laboratories"]
    play.hold("tubes at the laboratory", len(tubes), laboratory["counts"]["arrived_tubes"])
    await _judge_missing(doors, town, registered, path, play)
    campaign = await doors.get(PARTY, "testing", path)
    play.hold("crossings of the limit", town.expects.crossings, campaign["crossings"])


async def _settled(doors: Doors, path: str, tubes: Sequence[Tube]) -> Any:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS
    figures = await doors.get(PARTY, "testing", path)
    while figures["total"]["resulted_tubes"] < len(tubes) and loop.time() < deadline:
        await asyncio.sleep(1)
        figures = await doors.get(PARTY, "testing", path)
    return figures


async def _judge_missing(
    doors: Doors, town: WholeTown, registered: dict[str, list[str]], path: str, play: TownPlay
) -> None:
    missing: Counter[tuple[str, str]] = Counter()
    everybody: Counter[tuple[str, str]] = Counter()
    for village, people in registered.items():
        for number in range(len(people)):
            building = (village, f"{number // town.people_per_building + 1:03d}栋")
            everybody[building] += 1
            missing[building] += not _comes(town, number)
    listed = await doors.get_all(PARTY, "testing", f"{path}/buildings")
    play.hold("buildings", len(everybody), len(listed))
    for one in listed:
        building = (one["division"], one["building"])
        play.hold("people of a building", everybody[building], one["people"])
        play.hold("missing of a building", missing[building], one["missing"])
    people = await doors.get_all(PARTY, "testing", f"{path}/missing")
    play.hold("who has not come", missing.total(), len(people))
