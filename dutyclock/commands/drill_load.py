"""`dutyclock drill run`: a drill under load, by a seed, judged; `dutyclock drill clock` prints its clock."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drills.doors import Refused
from drills.elsewhere import Elsewhere
from drills.load.faults.choice import platform_to_break
from drills.load.faults.injecting import CannotInject, FaultInjector, choose_faults, one_at_a_time
from drills.load.faults.processes import ProcessFaults
from drills.load.figures import last_word, sum_up
from drills.load.injector import Injector
from drills.load.messages import say
from drills.load.outcome import Outcome, write_outcome
from drills.load.places import play_at, play_on_own_platform
from drills.load.plan import Plan
from drills.load.reading import LoadDrill, prepare_load
from drills.load.streams import plan_of
from drills.messages import say as say_of_drills
from drills.reading import ScenarioError
from drills.run import NotReadyInTime
from dutyclock.commands.demo import NOT_READY, WRONG, read_clock, settings_of_clock
from dutyclock.installation import find_installation
from dutyclock.supervisor.platform import Progress, usable_home
from dutyclock.supervisor.screen import refuse
from dutyclock.terminal import CannotStart, Sentence
from shared.clock import Clock

WIDE_ENOUGH = 150

File = Annotated[Path, typer.Argument(help="剧本。The file of the drill.")]
Speed = Annotated[
    float | None, typer.Option(min=1, max=3_600, help="比实际快多少倍。How many times as fast as life.")
]


def run(
    file: File,
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
    key: Annotated[
        str | None,
        typer.Option(
            envvar="DUTYCLOCK_DRILL_KEY",
            help="各方共用的密钥；不给则各造一把。A key for all parties; left out, each gets one of its own.",
        ),
    ] = None,
    speed: Speed = None,
    seed: Annotated[int, typer.Option(min=0, help="种子。The same seed sends the same facts.")] = 1,
    share: Annotated[
        float, typer.Option(min=0.0001, max=1, help="参演的事实比例。How many of the facts take part.")
    ] = 1.0,
    out: Annotated[Path, typer.Option(help="结果目录。Where outcome.json is written.")] = Path(
        "var/drill-out"
    ),
    state: Annotated[
        Path, typer.Option(help="自起系统的状态目录，先清空。Of a platform of its own; emptied first.")
    ] = Path("var/drill"),
    lead: Annotated[
        float, typer.Option(help="留给各服务启动的秒数。Seconds left for the services to start.")
    ] = 20.0,
    compose: Annotated[
        str | None,
        typer.Option(help="故障施于此 Compose 项目的容器。Break the containers of this Compose project."),
    ] = None,
    without_faults: Annotated[
        bool, typer.Option("--without-faults", help="不破坏系统。Break no part of the platform.")
    ] = False,
) -> None:
    """按种子加载演练并核对。Play a drill under load and judge it: 1 if anything differs, 4 if too late."""
    console = _console()
    drill = _prepare(file, console)
    units = list(drill.registers.divisions.units())
    plan = plan_of(drill.scenario, units, seed, share)
    rate = speed or drill.scenario.rate
    _begin(console, plan, rate)
    screen = Lines(console)
    if url is None:
        os.environ["HOME"] = usable_home(state.resolve())
        breaker = None if without_faults else _processes_of
        played = play_on_own_platform(drill, plan, state, screen, breaker, speed=rate, lead_seconds=lead)
        playing = _after(one_at_a_time(drill.scenario.faults), played)
    else:
        database_url = "" if key else find_installation(state).database_url
        place = Elsewhere(url, database_url, authority)
        clock = read_clock(os.environ)
        platform = platform_to_break(state, compose)
        faults = choose_faults(drill.scenario.faults, platform, without_faults=without_faults)
        breaker = FaultInjector(platform, clock) if platform and not without_faults else None
        playing = _after(
            faults, play_at(drill, plan, place, clock, breaker, screen.tell, speed=rate, key=key)
        )
    raise typer.Exit(asyncio.run(_run(playing, out, console)))


def clock(
    file: File,
    lead: Annotated[float, typer.Option(help="开始前留出的秒数。Seconds left before it begins.")] = 90.0,
    speed: Speed = None,
) -> None:
    """只输出演练时钟的设置。Print the settings of the drill's clock for an installation started now."""
    scenario = _prepare(file, _console()).scenario
    typer.echo(settings_of_clock(scenario, lead, speed))


class Lines:
    """Shows what a drill says, a line at a time; the steps of a platform's start are left out."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @property
    def progress(self) -> Progress:
        """Return who is told of the steps."""
        return self

    def begun(self, step: str) -> None:
        """Show nothing."""

    def done(self, step: str) -> None:
        """Show nothing."""

    def tell(self, sentence: Sentence) -> None:
        """Show a line."""
        self._console.print(Text(str(sentence), style="dim"), soft_wrap=True)


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        return Console(highlight=False, width=WIDE_ENOUGH)
    return console


def _prepare(file: Path, console: Console) -> LoadDrill:
    try:
        return prepare_load(file)
    except ScenarioError as error:
        console.print(Text(str(say_of_drills("cannot-play", file=file)), style="bold red"), soft_wrap=True)
        for one in error.found:
            console.print(
                Text(f"{one.place} {one.path}\n  {one.reason.zh}\n  {one.reason.en}"), soft_wrap=True
            )
        raise typer.Exit(1) from None


def _begin(console: Console, plan: Plan, rate: float) -> None:
    title = plan.scenario.title
    sentence = say(
        "load-begins",
        title=f"{title.zh} {title.en}",
        facts=f"{len(plan.facts):,}",
        calls=f"{len(plan.calls):,}",
        seed=plan.seed,
        speed=rate,
        minutes=plan.scenario.lasts.total_seconds() / rate / 60,
    )
    console.print(Text(str(sentence), style="bold"), soft_wrap=True)


def _processes_of(state: Path, clock: Clock) -> Injector:
    return FaultInjector(ProcessFaults(state), clock)


async def _after(check: Awaitable[object], work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Play once it is known that nothing stands in the way."""
    try:
        await check
    except BaseException:
        work.close()
        raise
    return await work


async def _run(work: Coroutine[Any, Any, Outcome], out: Path, console: Console) -> int:
    playing = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, playing.cancel)
    try:
        outcome = await playing
    except asyncio.CancelledError:
        return 130
    except (CannotStart, NotReadyInTime, CannotInject) as problem:
        refuse(console, problem.sentence)
        return NOT_READY if isinstance(problem, NotReadyInTime) else WRONG
    except (Refused, httpx.HTTPError, LookupError, ValueError) as problem:
        refuse(console, say_of_drills("broken-off", reason=f"{type(problem).__name__}: {problem}"))
        return WRONG
    _show(outcome, console)
    console.print(Text(str(say("load-written", path=write_outcome(outcome, out)))), soft_wrap=True)
    return 0 if outcome.verdict.passed else WRONG


def _show(outcome: Outcome, console: Console) -> None:
    table = Table(title=f"{outcome.title.zh} {outcome.title.en}")
    table.add_column("项目 figure")
    table.add_column("数值 value", justify="right")
    for name, value in sum_up(outcome):
        table.add_row(name, value)
    console.print(table)
    for reason in outcome.verdict.reasons:
        console.print(Text(f"✗ {reason.zh}\n  {reason.en}", style="red"), soft_wrap=True)
    console.print(Text(last_word(outcome)), soft_wrap=True)
