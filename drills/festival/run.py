"""Runs one phase of a festival on a platform of its own with a fast clock, and judges it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError

from drills.doors import Doors, make_keys
from drills.festival.bodies import told_of
from drills.festival.judge import FestivalJudge, FestivalVerdict
from drills.festival.play import Sent, fill_grid, register_risk_areas, tell
from drills.festival.population import Returnee, people_of
from drills.festival.scenario import Festival, Phase
from drills.messages import say
from drills.places import DIVISIONS_FILE, write_register
from drills.reading import ScenarioError, ScenarioProblem
from drills.run import NotReadyInTime, PlatformScreen, clear_state, platform_on_fast_clock
from dutyclock.terminal import Sentence
from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.policy.documents import read_document, write_path

SETTLE = timedelta(days=1, hours=12)
"""World time after the last arrival: the latest registrations come, and what nobody registered breaches."""
QUIET_SECONDS = 90.0
PROGRESS_SECONDS = 5.0
LOOK_SECONDS = 5.0
"""Between two looks at all clocks, which are a load of their own."""
TOP = "500000"


@dataclass(frozen=True, slots=True)
class FestivalPlay:
    """What one phase came to."""

    festival: Festival
    phase: Phase
    share: float
    people: int
    sent: Sent
    verdict: FestivalVerdict


def read_festival(path: Path) -> Festival:
    """Return a festival that is well formed; raises ScenarioError naming file, line, field and reason."""
    document = read_document(path)
    found = [
        ScenarioProblem(one.place, one.path, Sentence(one.reason_zh, one.reason)) for one in document.problems
    ]
    if not found:
        try:
            return Festival.model_validate(document.data)
        except ValidationError as error:
            found = [
                ScenarioProblem(
                    f"{document.file}:{document.line_of(one['loc'])}",
                    write_path(one["loc"]),
                    say("field-refused", reason=one["msg"]),
                )
                for one in error.errors(include_url=False, include_input=False, include_context=False)
            ]
    raise ScenarioError(found)


async def play_festival(
    festival: Festival,
    phase: Phase,
    state: Path,
    screen: PlatformScreen,
    *,
    share: float,
    lead_seconds: float,
    whole: int = 2_000,
) -> FestivalPlay:
    """Play a phase in the state folder, which is emptied first, and judge it.

    `share` of the people take part; the stages and tests of the first `whole` plans are read. Raises
    CannotStart, NotReadyInTime, Refused.
    """
    clear_state(state)
    register = DivisionRegister.load(DIVISIONS_FILE).part([phase.division])
    write_register(register, state / "divisions.csv")
    villages = [unit for unit in register.units() if unit.level == "village"]
    people = list(people_of(festival, phase, villages, share))
    told = sorted(one for person in people for one in told_of(person, festival.starts_at))
    origin = festival.starts_at - timedelta(seconds=lead_seconds * phase.rate)
    async with platform_on_fast_clock(state, origin, phase.rate, screen) as (addresses, clock):
        keys = await make_keys(addresses.database_url, TOP)
        async with Doors.open(addresses.services, keys) as doors:
            await register_risk_areas(doors, festival)
            gaps = await fill_grid(
                doors, sorted({one.village for one in people}), festival.village_without_doctor_every
            )
            if clock.now() >= festival.starts_at:
                raise NotReadyInTime(say("not-ready-in-time", rate=f"{phase.rate:g}"))
            sent = Sent()
            progress = asyncio.create_task(_show_progress(screen, sent, len(told), clock))
            try:
                await tell(doors, told, clock, sent)
            finally:
                progress.cancel()
            await _settle(doors, people, clock, festival)
            judge = FestivalJudge(doors, people, sent, gaps, whole=whole)
            verdict = await judge.judge(phase.division, clock.now())
    return FestivalPlay(festival, phase, share, len(people), sent, verdict)


async def _show_progress(screen: PlatformScreen, sent: Sent, rows: int, clock: Clock) -> None:
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        world = clock.now().isoformat(timespec="minutes")
        screen.tell(say("festival-progress", rows=sent.rows, all=rows, world=world))


async def _settle(doors: Doors, people: list[Returnee], clock: Clock, festival: Festival) -> None:
    """Wait until the world is far enough, every return has its clock and every registration has stopped one.

    A fast world brings the work of a day within a minute, so what is only late is waited for: as long as
    something still comes. What comes no more is lost, and judged so.
    """
    ends_at = festival.starts_at + festival.lasts + SETTLE
    await asyncio.sleep(clock.real_seconds(ends_at - clock.now()))
    expected = len(people) + sum(one.registered_at is not None for one in people)
    loop = asyncio.get_running_loop()
    seen, deadline = 0, loop.time() + QUIET_SECONDS
    while loop.time() < deadline:
        figures = await _begun_and_stopped(doors)
        if figures >= expected:
            return
        if figures > seen:
            seen, deadline = figures, loop.time() + QUIET_SECONDS
        await asyncio.sleep(LOOK_SECONDS)


async def _begun_and_stopped(doors: Doors) -> int:
    found = await doors.get_all("duty-room", "alerts", "/v1/clocks", rule="return-registration")
    return len(found) + sum(clock["state"] in ("met", "met-late") for clock in found)


def figures_of(play: FestivalPlay) -> Mapping[str, object]:
    """Return what is printed of a phase: rows, rates, percentiles, and what was compared."""
    seconds = sorted(play.sent.batch_seconds)
    return {
        "people": play.people,
        "rows": play.sent.rows,
        "rows_per_second": round(play.sent.rows / play.sent.seconds) if play.sent.seconds else 0,
        "batch_p50_ms": _percentile(seconds, 0.5),
        "batch_p99_ms": _percentile(seconds, 0.99),
        "behind_world_minutes": round(play.sent.latest.total_seconds() / 60),
        "figures_compared": sum(play.verdict.compared.values()),
        "wrong": len(play.verdict.wrong),
    }


def _percentile(ordered: list[float], share: float) -> int:
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]) if ordered else 0
