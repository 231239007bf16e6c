"""Runs a drill: a platform of its own with a fast clock, everything played and answered, and the verdict."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Awaitable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from drills.doors import Doors, make_keys
from drills.happenings import Event
from drills.judge import Judge, Verdict
from drills.messages import say
from drills.observe import follow_events, read_record
from drills.people import DutyPeople, Messages, MessagesInLog
from drills.places import INSTITUTIONS_FILE, POLICY_FOLDER, Drill, write_register
from drills.play import Player, wait_until
from drills.scenario import Person, Scenario
from dutyclock.supervisor.options import DEFAULT_PORTS, Options
from dutyclock.supervisor.platform import Addresses, Platform, Progress
from dutyclock.supervisor.state import StateFolder
from dutyclock.terminal import Sentence
from shared.clock import Clock

SHIFTS = timedelta(days=2)


class NotReadyInTime(Exception):
    """The platform or its roster was not ready when the drill had to start; `sentence` says what to do."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence.en)


class FastClock(Mapping[str, str]):
    """The services' settings with a fast clock that begins to run when they are first read.

    So the servers and the migrations may take their time: the drill's clock stands still until then.
    """

    def __init__(self, origin: datetime, rate: float, others: Mapping[str, str]) -> None:
        self._origin = origin
        self._rate = rate
        self._others = others

    @cached_property
    def _anchor(self) -> datetime:
        return datetime.now(UTC)

    @cached_property
    def _settings(self) -> Mapping[str, str]:
        return {
            **self._others,
            "DUTYCLOCK_CLOCK_ORIGIN": self._origin.isoformat(),
            "DUTYCLOCK_CLOCK_ANCHOR": self._anchor.isoformat(),
            "DUTYCLOCK_CLOCK_RATE": str(self._rate),
        }

    @property
    def clock(self) -> Clock:
        """The same clock as the services'."""
        return Clock(self._origin, self._anchor, self._rate)

    def __getitem__(self, name: str) -> str:
        return self._settings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)


class PlatformScreen(Protocol):
    """Shown what the platform itself does."""

    @property
    def progress(self) -> Progress: ...

    def tell(self, sentence: Sentence) -> None: ...


class Screen(PlatformScreen, Protocol):
    """Shown everything while it happens."""

    def ready(self, clock: Clock) -> None: ...

    def happened(self, event: Event, at: datetime) -> None: ...

    def paged(self, page: Mapping[str, Any]) -> None: ...

    def answered(self, person: Person, at: datetime, page_id: str) -> None: ...

    def clock_changed(self, event: Mapping[str, Any]) -> None: ...


async def run_drill_in_time(
    drill: Drill, state: Path, screen: Screen, *, lead_seconds: float, durable: bool = True
) -> Verdict:
    """Run a drill; on a machine that was too slow to start, again with twice the time, and once more."""
    for seconds in (lead_seconds, 2 * lead_seconds):
        try:
            return await run_drill(drill, state, screen, lead_seconds=seconds, durable=durable)
        except NotReadyInTime as problem:
            screen.tell(problem.sentence)
    return await run_drill(drill, state, screen, lead_seconds=4 * lead_seconds, durable=durable)


async def run_drill(
    drill: Drill, state: Path, screen: Screen, *, lead_seconds: float, durable: bool = True
) -> Verdict:
    """Play a drill in the state folder, which is emptied first, and judge it.

    `lead_seconds` of real time lie between the start of the services and that of the drill. Raises
    CannotStart, NotReadyInTime, and Refused when the platform does not accept what happens.
    """
    scenario = drill.scenario
    clear_state(state)
    write_register(drill.registers.divisions, state / "divisions.csv")
    lead = timedelta(seconds=lead_seconds * scenario.rate)
    async with platform_on_fast_clock(
        state, scenario.starts_at - lead, scenario.rate, screen, durable=durable
    ) as (addresses, clock):
        return await _play(drill, addresses, clock, screen)


@asynccontextmanager
async def platform_on_fast_clock(
    state: Path, origin: datetime, rate: float, screen: PlatformScreen, *, durable: bool = True
) -> AsyncGenerator[tuple[Addresses, Clock]]:
    """Run a platform whose clock stands at `origin` when its services start; the register lies in `state`."""
    environment = FastClock(
        origin=origin,
        rate=rate,
        others={
            "DUTYCLOCK_DIVISIONS_FILE": str((state / "divisions.csv").resolve()),
            "DUTYCLOCK_INSTITUTIONS_FILE": str(INSTITUTIONS_FILE),
        },
    )
    options = Options(
        state=state,
        ports=dict.fromkeys(DEFAULT_PORTS, 0),
        policy_folder=POLICY_FOLDER,
        durable=durable,
        service_environment=environment,
    )
    platform = Platform(options, screen.progress, screen.tell)
    addresses = await platform.start()
    watching = asyncio.create_task(platform.watch())
    try:
        yield addresses, environment.clock
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        screen.tell(say("stopping"))
        await platform.stop()


def clear_state(state: Path) -> None:
    """Empty the folder of the former drill; raises CannotStart while that one is still running."""
    folder = StateFolder(state)
    folder.claim()
    folder.release()
    shutil.rmtree(state)
    state.mkdir(parents=True)


async def _play(drill: Drill, addresses: Addresses, clock: Clock, screen: Screen) -> Verdict:
    top = next(unit.code for unit in drill.registers.divisions.units() if unit.parent is None)
    keys = await make_keys(addresses.database_url, top)
    async with Doors.open(addresses.services, keys) as doors:
        return await play(drill, Stage(doors, MessagesInLog(addresses.logs / "alerts.log")), clock, screen)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a drill is played: the platform's doors, and what reaches people's channels."""

    doors: Doors
    messages: Messages


async def play(drill: Drill, stage: Stage, clock: Clock, screen: Screen) -> Verdict:
    """Play a drill on a platform whose clock has not reached its start, and judge it.

    Raises NotReadyInTime when it has, and Refused.
    """
    scenario, doors = drill.scenario, stage.doors
    await fill_roster(doors, scenario)
    if clock.now() >= scenario.starts_at:
        raise NotReadyInTime(say("not-ready-in-time", rate=f"{scenario.rate:g}"))
    screen.ready(clock)
    player = Player(scenario, doors, clock, screen.happened)
    people = DutyPeople(
        scenario, doors, clock, stage.messages, see_page=screen.paged, see_answer=screen.answered
    )
    everything = _until_the_end(scenario, clock, player)
    await _beside(everything, people.work(clock.now()), _show_clocks(doors, scenario, screen))
    record = await read_record(doors, now=clock.now, before=scenario.ends_at)
    return Judge(scenario, drill.forecast, drill.registers.pack, player.ids, record).judge()


async def _until_the_end(scenario: Scenario, clock: Clock, player: Player) -> None:
    await player.play()
    for label in player.ids.samples:
        await player.case_of(label)
    await wait_until(scenario.ends_at, clock)


async def _beside(main: Awaitable[None], *others: Awaitable[None]) -> None:
    """Run `others` for as long as `main` takes; whatever fails ends all of them."""
    companions = [asyncio.ensure_future(other) for other in others]
    leading = asyncio.ensure_future(main)
    try:
        await asyncio.wait((leading, *companions), return_when=asyncio.FIRST_COMPLETED)
        for task in (leading, *companions):
            if task.done():
                task.result()
    finally:
        for task in (leading, *companions):
            task.cancel()
        await asyncio.gather(leading, *companions, return_exceptions=True)


async def _show_clocks(doors: Doors, scenario: Scenario, screen: Screen) -> None:
    async for event in follow_events(doors, scenario.judged):
        screen.clock_changed(event)


class Rostered(Protocol):
    """What of a drill the roster is filled from."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...

    @property
    def roster(self) -> Sequence[Person]: ...


async def fill_roster(doors: Doors, scenario: Rostered) -> None:
    """Put everybody on duty for the whole drill, through the roster's door; raises ValueError if refused."""
    shift = {
        "from": (scenario.starts_at - SHIFTS).isoformat(),
        "until": (scenario.ends_at + SHIFTS).isoformat(),
    }
    people = [
        {"id": one.key, "name": one.name, "division": one.division, "channels": list(one.channels)}
        for one in scenario.roster
    ]
    shifts = [
        {"post": held.post, "division": held.division, "person": one.key, **shift}
        for one in scenario.roster
        for held in one.holds
    ]
    receipt = await doors.post("duty-room", "alerts", "/v1/duty", {"people": people, "shifts": shifts})
    if receipt["refused"]:
        refused = [row for row in receipt["rows"] if row["verdict"] == "refused"]
        raise ValueError(f"the roster was refused in part: {refused}")
