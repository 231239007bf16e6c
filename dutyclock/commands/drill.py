"""`dutyclock drill`: drills beyond the demonstration.

`dutyclock drill FILE` plays a week of return or a whole population, `drill run FILE` load.
"""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from drills.doors import Refused
from drills.festival.judge import SHOWN
from drills.festival.run import FestivalPlay, figures_of, play_festival, read_festival
from drills.festival.scenario import Festival
from drills.messages import say
from drills.reading import ScenarioError
from drills.run import NotReadyInTime
from drills.whole.municipality import figures_of as load_figures
from drills.whole.municipality import play_load
from drills.whole.scenario import WholeTown, is_whole, read_whole
from drills.whole.town import play_town
from dutyclock.commands import drill_load, drill_report
from dutyclock.services import PROJECT
from dutyclock.supervisor.platform import Progress, usable_home
from dutyclock.supervisor.screen import refuse
from dutyclock.terminal import CannotStart, Sentence

SCENARIO = PROJECT / "drills" / "spring-festival.yaml"
PLAY = "play"


class DrillCommands(TyperGroup):
    """What is no command's name is the file of a drill that `play` plays, as it always was."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = (*self.commands, "--help")
        return super().parse_args(ctx, args if args and args[0] in known else [PLAY, *args])


app = typer.Typer(
    cls=DrillCommands,
    add_completion=False,
    help="演练：返乡一周、全员检测、加载。Drills: a week of return, a whole population, load.",
)
app.command("run")(drill_load.run)
app.command("clock")(drill_load.clock)
app.command("report")(drill_report.report)
app.command("compare")(drill_report.compare_drills)


async def run_whole(
    path: Path, share: float, state: Path, lead: float, minutes: float | None, console: Console
) -> int:
    """Play a drill of a whole population and show what came of it; 1 if a figure differs."""
    try:
        whole = read_whole(path)
        if isinstance(whole, WholeTown):
            play = await play_town(whole, state, _Screen(console), share=share, lead_seconds=lead)
            rows = {"people": f"{play.people:,}", "rows told": f"{play.rows:,}"}
            rows |= {f"compared: {what}": f"{count:,}" for what, count in sorted(play.compared.items())}
            wrong, passed = play.wrong, play.passed
        else:
            load = await play_load(whole, state, _Screen(console), minutes=minutes or whole.minutes)
            rows, wrong, passed = dict(load_figures(whole, load)), list[str](), load.passed(whole)
    except ScenarioError as error:
        for one in error.found:
            console.print(Text(f"{one.place} {one.path}\n  {one.reason}"), soft_wrap=True)
        return 1
    except (CannotStart, NotReadyInTime) as problem:
        refuse(console, problem.sentence)
        return 1
    except (Refused, ValueError) as problem:
        refuse(console, say("broken-off", reason=f"{type(problem).__name__}: {problem}"))
        return 1
    table = Table(title=f"{whole.title.zh} {whole.title.en}")
    table.add_column("项目 figure")
    table.add_column("数值 value", justify="right")
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)
    for one in wrong[:SHOWN]:
        console.print(Text(f"✗ {one}", style="red"), soft_wrap=True)
    console.print(Text(str(say("festival-passed" if passed else "festival-failed"))))
    return 0 if passed else 1


class _Steps:
    """The steps of the start, which a drill does not show one by one."""

    def begun(self, step: str) -> None:
        """Show nothing."""

    def done(self, step: str) -> None:
        """Show nothing."""


class _Screen:
    def __init__(self, console: Console) -> None:
        self._console = console

    @property
    def progress(self) -> Progress:
        return _Steps()

    def tell(self, sentence: Sentence) -> None:
        self._console.print(Text(str(sentence), style="dim"), soft_wrap=True)


@app.command(PLAY)
def drill(
    scenario: Annotated[Path, typer.Argument(help="剧本。The scenario to play.")] = SCENARIO,
    phase: Annotated[str, typer.Option(help="阶段。Which phase: town or municipality.")] = "town",
    share: Annotated[
        float, typer.Option(min=0.0001, max=1, help="参演人员比例。How many of the people take part.")
    ] = 1.0,
    state: Annotated[Path, typer.Option(help="状态目录，先清空。Where it is kept; emptied first.")] = Path(
        "var/drill"
    ),
    lead: Annotated[
        float, typer.Option(help="留给各服务启动的秒数。Seconds left for the services to start.")
    ] = 20.0,
    minutes: Annotated[
        float | None, typer.Option(min=0.05, help="负载演练的分钟数。How long a load drill sends.")
    ] = None,
) -> None:
    """返乡演练：逐人核对。Play a week of return on a fast clock and check every person; 1 if one differs."""
    console = Console(highlight=False)
    os.environ["HOME"] = usable_home(state.resolve())
    if is_whole(scenario):
        raise typer.Exit(asyncio.run(run_whole(scenario, share, state, lead, minutes, console)))
    try:
        festival = read_festival(scenario)
        festival.phase(phase)
    except ScenarioError as error:
        for one in error.found:
            console.print(Text(f"{one.place} {one.path}\n  {one.reason}"), soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyError:
        known = ", ".join(one.id for one in festival.phases)  # pyright: ignore[reportPossiblyUnboundVariable]
        raise typer.BadParameter(f"one of {known}", param_hint="--phase") from None
    raise typer.Exit(asyncio.run(_run(festival, phase, share, state, lead, console)))


async def _run(
    festival: Festival, phase: str, share: float, state: Path, lead: float, console: Console
) -> int:
    try:
        play = await play_festival(
            festival, festival.phase(phase), state, _Screen(console), share=share, lead_seconds=lead
        )
    except (CannotStart, NotReadyInTime) as problem:
        refuse(console, problem.sentence)
        return 1
    except (Refused, ValueError) as problem:
        refuse(console, say("broken-off", reason=f"{type(problem).__name__}: {problem}"))
        return 1
    _show(play, console)
    return 0 if play.verdict.passed else 1


def _show(play: FestivalPlay, console: Console) -> None:
    table = Table(title=f"{play.festival.title.zh} {play.festival.title.en}: {play.phase.id}")
    table.add_column("项目 figure")
    table.add_column("数值 value", justify="right")
    for name, value in figures_of(play).items():
        table.add_row(str(say(f"festival-{name.replace('_', '-')}")), f"{value:,}")
    for what, count in sorted(play.verdict.compared.items()):
        table.add_row(f"  {what}", f"{count:,}")
    console.print(table)
    for wrong in play.verdict.wrong[:SHOWN]:
        console.print(Text(f"✗ {wrong}", style="red"), soft_wrap=True)
    console.print(Text(str(say("festival-passed" if play.verdict.passed else "festival-failed"))))
