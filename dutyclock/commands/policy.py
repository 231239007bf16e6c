"""`dutyclock policy`: check a pack, show it, write its JSON Schemas, record its version."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from shared.clock import SHANGHAI
from shared.policy import (
    ClockFact,
    ClockRule,
    Ladder,
    OccasionStep,
    Pack,
    PolicyError,
    Text,
    check_version,
    load_pack,
    record_version,
    write_wall_time,
)
from shared.policy.schemas import differing, write_schemas
from shared.settings import PROJECT
from shared.vocabulary import Occasion
from shared.yaml_files import read_yaml

DEFAULT_PACK = PROJECT / "policies" / "chongqing-2021-winter"
SCHEMAS = PROJECT / "docs" / "schemas"
WIDE = 110
_MESSAGES = PROJECT / "dutyclock" / "messages" / "policy.yaml"

app = typer.Typer(
    help="政策包：检查、查看、登记版本。The law as data: check, show, record.",
    no_args_is_help=True,
    add_completion=False,
)

PackFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help="政策包目录。The folder of the pack.", show_default=False)
]


@cache
def _messages() -> dict[str, dict[str, str]]:
    return read_yaml(_MESSAGES)


def _say(name: str, **values: object) -> Text:
    message = _messages()[name]
    return Text(zh=message["zh"].format_map(values), en=message["en"].format_map(values))


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def _print(text: Text, *, style: str = "", stderr: bool = False) -> None:
    console = _console(stderr=stderr)
    console.print(Styled(text.zh, style))
    console.print(Styled(text.en, style))


@app.command()
def check(folder: PackFolder = DEFAULT_PACK) -> None:
    """检查政策包，列出全部问题。Check a pack and list everything that is wrong with it."""
    pack = _load(folder)
    try:
        check_version(folder, pack)
    except PolicyError as error:
        _refuse(error)
    counts = {
        "clocks": len(pack.clocks),
        "ladders": len(pack.ladders),
        "requirements": len(pack.requirements),
    }
    _print(_say("holds", pack=pack.id, version=pack.version, **counts), style="green")
    _console().print(pack.content_hash(), style="dim")


@app.command()
def show(
    folder: PackFolder = DEFAULT_PACK,
    rule: Annotated[
        str | None, typer.Option(help="只看一个时钟。One clock in full.", show_default=False)
    ] = None,
) -> None:
    """查看政策包的时钟。Show the clocks of a pack, or one of them in full."""
    pack = _load(folder)
    if rule is None:
        _show_all(pack)
        return
    known = [clock.id for clock in pack.clocks]
    if rule not in known:
        _print(_say("no_rule", rule=rule, known=", ".join(known)), style="red", stderr=True)
        raise typer.Exit(1)
    _show_rule(pack, pack.rule(rule))


@app.command()
def schema(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="写到哪里。Where to.")] = SCHEMAS,
    check: Annotated[
        bool, typer.Option("--check", help="只检查是否过期。Only say what is out of date.")
    ] = False,
) -> None:
    """写出 JSON Schema，供编辑器使用。Write the JSON Schemas that editors use."""
    changed = differing(folder) if check else write_schemas(folder)
    if check and changed:
        names = ", ".join(path.name for path in changed)
        _print(_say("schemas_differ", files=names), style="red", stderr=True)
        raise typer.Exit(1)
    _print(_say("schemas_written", count=len(changed), folder=folder) if changed else _say("schemas_same"))


@app.command()
def lock(
    folder: PackFolder = DEFAULT_PACK,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="改写尚未启用的版本。Record a version anew that was never in use."),
    ] = False,
) -> None:
    """登记当前版本的内容。Record what the present version contains, in versions.yaml."""
    pack = _load(folder)
    try:
        changed = record_version(folder, pack, replace=replace)
    except PolicyError as error:
        _refuse(error)
    _print(_say("locked" if changed else "locked_before", version=pack.version, hash=pack.content_hash()))


def _load(folder: Path) -> Pack:
    try:
        return load_pack(folder)
    except PolicyError as error:
        _refuse(error)


def _refuse(error: PolicyError) -> NoReturn:
    _print(_say("refused", count=len(error.found)), style="bold red", stderr=True)
    console = _console(stderr=True)
    for problem in error.found:
        console.print(
            Styled.assemble((str(error.folder / problem.place), "bold"), "  ", (problem.path, "cyan"))
        )
        console.print(Styled(f"    {problem.reason_zh}"))
        console.print(Styled(f"    {problem.reason}", "dim"))
    raise typer.Exit(1)


def _both(text: Text) -> str:
    return f"{text.zh}\n{text.en}"


def _aside(text: Text) -> str:
    return f"{text.zh} {text.en}"


def _span(span: timedelta) -> Text:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    numbers = (("hours", hours), ("minutes", minutes), ("seconds", seconds))
    parts = [_say(f"span_{unit}", number=number) for unit, number in numbers if number]
    return Text(zh=" ".join(part.zh for part in parts), en=" ".join(part.en for part in parts))


def _limit(rule: ClockRule) -> Text:
    if rule.within is not None:
        return _say("within", zh=_span(rule.within).zh, en=_span(rule.within).en)
    assert rule.at is not None
    return _say("at", limit=write_wall_time(rule.at))


def _facts(facts: tuple[ClockFact, ...]) -> str:
    return "\n".join(f"{fact.event} ({':'.join(fact.key)}; {fact.instant})" for fact in facts) or "–"


def _citations(pack: Pack, rule: ClockRule) -> str:
    return "\n".join(citation.zh for citation in pack.cite(rule.clause))


def _show_all(pack: Pack) -> None:
    console = _console()
    console.print(Styled(_both(pack.head.title), "bold"))
    _print(_say("valid_from", moment=pack.valid_from.astimezone(SHANGHAI).isoformat()))
    narrow = console.width < WIDE
    table = Table(show_lines=True)
    for column in ("clock", "limit", "clause") if narrow else ("clock", "limit", "clause", "owner"):
        table.add_column(_both(_say(f"column_{column}")), overflow="fold", no_wrap=column == "clock")
    for rule in pack.clocks:
        row = (f"[bold]{rule.id}[/]\n{_both(rule.title)}", _both(_limit(rule)), _citations(pack, rule))
        table.add_row(*row, *(() if narrow else (_both(rule.owner.title),)))
    Console(highlight=False).print(table)


def _show_rule(pack: Pack, rule: ClockRule) -> None:
    requirement = pack.requirement(rule.requirement)
    table = Table(show_header=False, show_lines=True, title=f"{rule.id}  {_aside(rule.title)}")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(_both(_say("field_demand")), _both(requirement.demand))
    table.add_row(_both(_say("column_clause")), _citations(pack, rule))
    table.add_row(_both(_say("column_limit")), _both(_limit(rule)))
    table.add_row(_both(_say("column_starts")), _facts(rule.start))
    table.add_row(_both(_say("column_stops")), _facts(rule.stop))
    table.add_row(_both(_say("field_void")), _facts(rule.void))
    table.add_row(_both(_say("column_owner")), _both(rule.owner.title))
    if rule.shown_beside is not None:
        table.add_row(_both(_say("field_beside")), _both(rule.shown_beside.title))
    table.add_row(
        _both(_say("field_warnings")), ", ".join(f"{share:.5g}" for share in rule.warn_at_shares) or "–"
    )
    for decided in (requirement.decided, rule.decided):
        if decided is not None:
            table.add_row(_both(_say("field_decided")), _both(decided))
    table.add_row(_both(_say("field_service")), requirement.service)
    _add_ladder(table, pack, pack.ladder(rule.ladder))
    Console(highlight=False).print(table)


def _add_ladder(table: Table, pack: Pack, ladder: Ladder) -> None:
    titles = {post.id: post.title for post in pack.posts}
    table.add_row(
        _both(_say("column_ladder")), f"{ladder.id}\n{_both(ladder.title)}\n{_both(ladder.decided)}"
    )
    for number, rung in enumerate(ladder.rungs, start=1):
        post, level, wait = titles[rung.post], _say(f"level_{rung.search_from}"), _span(rung.wait)
        written = Text(
            zh=_say("rung_is", post=post.zh, level=level.zh, wait=wait.zh).zh,
            en=_say("rung_is", post=post.en, level=level.en, wait=wait.en).en,
        )
        table.add_row(_both(_say("rung", number=number)), _both(written))
    for occasion in Occasion:
        table.add_row(_both(_say(f"occasion_{occasion}")), _both(_occasion(ladder.occasions.step(occasion))))
    table.add_row(_both(_say("field_holds")), _both(_span(ladder.acknowledgement_holds)))
    table.add_row(_both(_say("field_repeat")), _both(_span(ladder.repeat_every)))


def _occasion(step: OccasionStep | None) -> Text:
    if step is None:
        return _say("occasion_nobody")
    return _say("occasion_climbs" if step.climb else "occasion_stays", rung=step.rung)
