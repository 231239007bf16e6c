"""`dutyclock demo`: the main job on a fast clock, and every figure held against what the law demands."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from drills.doors import Refused
from drills.expectations import write_expectations
from drills.messages import say
from drills.places import Drill, prepare
from drills.reading import ScenarioError
from drills.run import NotReadyInTime, run_drill_in_time
from drills.screen import DrillScreen
from dutyclock.services import PROJECT
from dutyclock.supervisor.platform import usable_home
from dutyclock.supervisor.screen import refuse
from dutyclock.terminal import CannotStart, Sentence

SCENARIO = PROJECT / "drills" / "positive-in-jiansheng.yaml"
WIDE_ENOUGH = 150


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
) -> None:
    """快进演练，核对全部数字。Play a scenario on a fast clock and check every figure; 1 if one differs."""
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
    os.environ["HOME"] = usable_home(state.resolve())
    raise typer.Exit(asyncio.run(_run(drill, state, lead, console)))


async def _run(drill: Drill, state: Path, lead: float, console: Console) -> int:
    screen = DrillScreen(console, drill)
    screen.begin()
    playing = asyncio.create_task(run_drill_in_time(drill, state, screen, lead_seconds=lead))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, playing.cancel)
    try:
        verdict = await playing
    except asyncio.CancelledError:
        return 130
    except (CannotStart, NotReadyInTime) as problem:
        refuse(console, problem.sentence)
        return 1
    except (Refused, LookupError, ValueError, AssertionError, ExceptionGroup) as problem:
        refuse(console, _words(problem))
        return 1
    screen.show(verdict)
    return 0 if verdict.passed else 1


def _words(problem: BaseException) -> Sentence:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return say("broken-off", reason=f"{type(problem).__name__}: {problem}")
