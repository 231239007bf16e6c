"""`dutyclock demo`: the main job on a fast clock, and every figure held against what the law demands."""

import asyncio
import os
import signal
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.text import Text

from drills.doors import Refused
from drills.elsewhere import Elsewhere, play_elsewhere
from drills.expectations import write_expectations
from drills.judge import Verdict
from drills.load.scenario import LoadScenario
from drills.messages import say
from drills.places import prepare
from drills.reading import ScenarioError
from drills.run import NotReadyInTime, run_drill_in_time
from drills.scenario import Scenario
from drills.screen import DrillScreen
from dutyclock.installation import find_installation
from dutyclock.services import PROJECT
from dutyclock.supervisor.platform import usable_home
from dutyclock.supervisor.screen import refuse
from dutyclock.terminal import CannotStart, Sentence
from shared.clock import Clock

SCENARIO = PROJECT / "drills" / "positive-in-jiansheng.yaml"
WIDE_ENOUGH = 150
WRONG, MERELY_LATE, NOT_READY = 1, 3, 4
"""Exit codes of a drill that did not pass."""


def demo(
    scenario: Annotated[Path, typer.Argument(help="剧本。The scenario to play.")] = SCENARIO,
    state: Annotated[
        Path,
        typer.Option(
            envvar="DUTYCLOCK_DEMO_STATE", help="状态目录，先清空。Where it is kept; emptied first."
        ),
    ] = Path("var/demo"),
    lead: Annotated[
        float, typer.Option(help="留给各服务启动的秒数。Seconds left for the services to start.")
    ] = 10.0,
    forecast: Annotated[
        bool, typer.Option("--forecast", help="只推算，不演练。Print what must happen, and play nothing.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            help="在已运行的空系统上演练（其时钟即 DUTYCLOCK_CLOCK_*）。"
            "Play against an installation that runs, empty, on the clock of DUTYCLOCK_CLOCK_*."
        ),
    ] = None,
    authority: Annotated[
        Path | None, typer.Option(help="该地址证书的签发者。Who vouches for the certificate of --url.")
    ] = None,
    clock: Annotated[
        bool, typer.Option("--clock", help="只输出演练时钟的设置。Print the settings of the drill's clock.")
    ] = False,
) -> None:
    """快进演练，核对全部数字。Play a scenario on a fast clock and check every figure.

    退出码 Exit code: 1 有误 a figure is wrong; 3 只是迟到 all that differs is lateness;
    4 未及就绪 not ready in time.
    """
    console = Console(highlight=False)
    if not console.is_terminal or console.width < WIDE_ENOUGH:
        console = Console(highlight=False, width=WIDE_ENOUGH if not console.is_terminal else console.width)
    try:
        drill = prepare(scenario, expectations=not forecast)
    except ScenarioError as error:
        console.print(Text(str(say("cannot-play", file=scenario)), style="bold red"), soft_wrap=True)
        for one in error.found:
            console.print(
                Text(f"{one.place} {one.path}\n  {one.reason.zh}\n  {one.reason.en}"), soft_wrap=True
            )
        raise typer.Exit(1) from None
    if forecast:
        typer.echo(write_expectations(drill.scenario, drill.forecast))
        return
    if clock:
        typer.echo(settings_of_clock(drill.scenario, lead))
        return
    screen = DrillScreen(console, drill)
    if url is None:
        os.environ["HOME"] = usable_home(state.resolve())
        playing = run_drill_in_time(drill, state, screen, lead_seconds=lead)
    else:
        installation = find_installation(state)
        place = Elsewhere(url, installation.database_url, authority)
        playing = play_elsewhere(drill, place, read_clock(os.environ), screen)
    raise typer.Exit(asyncio.run(_run(playing, screen, console)))


def settings_of_clock(
    scenario: Scenario | LoadScenario, lead_seconds: float, speed: float | None = None
) -> str:
    """Return the variables of an installation that is started now for a drill in `lead_seconds`."""
    now, rate = datetime.now(UTC), speed or scenario.rate
    origin = scenario.starts_at - timedelta(seconds=lead_seconds * rate)
    settings = {
        "DUTYCLOCK_CLOCK_ORIGIN": origin.isoformat(),
        "DUTYCLOCK_CLOCK_ANCHOR": now.isoformat(),
        "DUTYCLOCK_CLOCK_RATE": f"{rate:g}",
        "DUTYCLOCK_DIVISIONS_UNDER": ",".join(scenario.register_under),
    }
    return "\n".join(f"{name}={value}" for name, value in settings.items())


def read_clock(environment: Mapping[str, str]) -> Clock:
    """Return the clock that the services have by the same settings."""
    origin, anchor = (environment.get(f"DUTYCLOCK_CLOCK_{name}") for name in ("ORIGIN", "ANCHOR"))
    if not origin or not anchor:
        return Clock()
    rate = float(environment.get("DUTYCLOCK_CLOCK_RATE") or 1)
    return Clock(datetime.fromisoformat(origin), datetime.fromisoformat(anchor), rate)


async def _run(work: Coroutine[Any, Any, Verdict], screen: DrillScreen, console: Console) -> int:
    screen.begin()
    playing = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, playing.cancel)
    try:
        verdict = await playing
    except asyncio.CancelledError:
        return 130
    except (CannotStart, NotReadyInTime) as problem:
        refuse(console, problem.sentence)
        return NOT_READY if isinstance(problem, NotReadyInTime) else WRONG
    except (Refused, httpx.HTTPError, LookupError, ValueError, AssertionError, ExceptionGroup) as problem:
        refuse(console, _words(problem))
        return WRONG
    screen.show(verdict)
    if verdict.merely_late:
        return MERELY_LATE
    return 0 if verdict.passed else WRONG


def _words(problem: BaseException) -> Sentence:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return say("broken-off", reason=f"{type(problem).__name__}: {problem}")
