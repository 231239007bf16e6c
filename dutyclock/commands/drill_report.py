"""`dutyclock drill report` draws what a drill came to; `dutyclock drill compare` holds two side by side."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drills.load.comparing import NotComparable, compare
from drills.load.outcome import Outcome, read_outcome
from drills.load.report.messages import label, say
from dutyclock.supervisor.screen import refuse

NARROWEST = 120


def report(
    outcome: Annotated[Path, typer.Argument(help="演练结果。The outcome.json of a drill.")],
    out: Annotated[
        Path | None, typer.Option(help="网页文件；不给则与结果同目录。Left out, report.html beside it.")
    ] = None,
) -> None:
    """把演练结果绘成一页 HTML。Draw what a drill came to as one HTML file that needs no network."""
    console = Console(highlight=False)
    found = _read(outcome, console)
    try:
        from drills.load.report.page import write_page  # here: matplotlib takes a second and may be absent
    except ModuleNotFoundError as problem:
        if (problem.name or "").partition(".")[0] != "matplotlib":
            raise
        refuse(console, say("no-matplotlib", path=outcome))
        raise typer.Exit(1) from None
    path = out or outcome.with_name("report.html")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write_page(found), "utf-8")
    except OSError as problem:
        refuse(console, say("unwritable", path=path, reason=problem.strerror or problem))
        raise typer.Exit(1) from None
    console.print(Text(str(say("written", path=path))), soft_wrap=True)


def compare_drills(
    first: Annotated[Path, typer.Argument(help="演练结果。The outcome.json of a drill.")],
    second: Annotated[Path, typer.Argument(help="同剧本同种子的另一结果。Another's, of the same facts.")],
) -> None:
    """比较两次相同的演练。Compare two drills of the same facts: on `make up` and in containers, say."""
    console = Console(highlight=False)
    if not console.is_terminal or console.width < NARROWEST:
        console = Console(highlight=False, width=NARROWEST)
    one, other = _read(first, console), _read(second, console)
    try:
        figures = compare(one, other)
    except NotComparable as problem:
        refuse(console, problem.sentence)
        raise typer.Exit(1) from None
    table = Table(title=f"{one.title.zh} {one.title.en}")
    table.add_column(label("column-figure"))
    for path, outcome in ((first, one), (second, other)):
        heading = f"{outcome.url or label('own-platform')}\n{path}"
        table.add_column(heading, justify="right", overflow="fold")
    table.add_column(label("column-ratio"), justify="right")
    for figure in figures:
        values = ("—" if value is None else f"{value:,.3f}" for value in (figure.first, figure.second))
        table.add_row(figure.name, *values, "—" if figure.ratio is None else f"{figure.ratio:.2f}×")
    console.print(table)


def _read(path: Path, console: Console) -> Outcome:
    try:
        return read_outcome(path)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else str(problem).splitlines()[0]
        refuse(console, say("unreadable", path=path, reason=reason))
        raise typer.Exit(1) from None
