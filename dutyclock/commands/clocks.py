"""`dutyclock clocks`: the statutory clocks as a list, and as they start, warn, run out and end."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy
from rich.console import Console

from dutyclock.installation import find_installation
from dutyclock.listing import Row, print_rows
from dutyclock.terminal import Catalogue
from services.alerts.actions.list_clocks import list_clocks
from services.alerts.rules.clock_state import Clock, State, state_of
from services.alerts.storage.clock_records import ClockFilter
from shared.clock import SHANGHAI
from shared.divisions import DivisionRegister, subtree_bounds, subtree_wildcard
from shared.errors import Unavailable
from shared.instants import parse_instant
from shared.jetstream import connect, stream_of
from shared.postgres import Database
from shared.settings import Settings

app = typer.Typer(help="时钟：列出、收看。Clocks: list, watch.", no_args_is_help=True, add_completion=False)

_CATALOGUE = Catalogue(Path(__file__).parent.parent / "messages" / "clocks.yaml")
_say, _refuse = _CATALOGUE.line, _CATALOGUE.refuse
_STYLES = {
    State.RUNNING: "",
    State.BREACHED: "bold red",
    State.MET: "green",
    State.MET_LATE: "yellow",
    State.VOID: "dim",
}
_EVENT_STYLES = {
    "clock-started": "cyan",
    "clock-warned": "yellow",
    "clock-breached": "bold red",
    "clock-met": "green",
    "clock-voided": "dim",
    "page-sent": "magenta",
    "page-acknowledged": "bold green",
    "duty-gap": "bold red",
}

Division = Annotated[str, typer.Option(help="区划代码。The division whose subtree is shown.")]


def _settings() -> Settings:
    installation = find_installation()
    return Settings.model_validate(
        {"database_url": installation.database_url, "nats_url": installation.nats_url}
    )


def _register(settings: Settings, division: str) -> DivisionRegister:
    register = DivisionRegister.load(settings.divisions_file)
    if division not in register:
        _refuse("unknown-division", code=division)
    return register


@app.command("list")
def list_(
    division: Division = "500000",
    rule: Annotated[str | None, typer.Option(help="规则。The rule, such as direct-report.")] = None,
    state: Annotated[State | None, typer.Option(help="状态。The state.")] = None,
    owner: Annotated[str | None, typer.Option(help="责任岗位。The duty post that owes the deed.")] = None,
    due_before: Annotated[str | None, typer.Option(help="时限早于。Due before, with an offset.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="最多行数。The most rows.")] = 100,
) -> None:
    """列出时钟，最先到期的在前。List clocks, soonest due first."""
    settings = _settings()
    register = _register(settings, division)
    try:
        before = parse_instant(due_before) if due_before else None
    except ValueError:
        _refuse("bad-instant", value=due_before)
    wanted = ClockFilter(subtree_bounds(division), rule_id=rule, owner=owner, state=state, due_before=before)
    now = settings.clock().now()
    try:
        clocks = asyncio.run(_list(settings, wanted, limit + 1, now))
    except Unavailable:
        _refuse("no-database")
    if not clocks:
        typer.echo(_say("none"))
        return
    rows = [Row(_cells(clock, register, now), _STYLES[state_of(clock, now)]) for clock in clocks[:limit]]
    print_rows(_CATALOGUE.columns(), rows)
    if len(clocks) > limit:
        typer.echo(_say("more"))


async def _list(settings: Settings, wanted: ClockFilter, most: int, now: datetime) -> Sequence[Clock]:
    database = await Database.open(settings.database_url.get_secret_value(), "alerts", size=2)
    try:
        return await list_clocks(database, wanted, after=None, most=most, now=now)
    finally:
        await database.close()


def _cells(clock: Clock, register: DivisionRegister, now: datetime) -> Sequence[str]:
    return (
        state_of(clock, now),
        clock.rule_id,
        clock.subject,
        _name(register, clock.division),
        clock.owner,
        _at(clock.started_at),
        _at(clock.due_at),
        _at(clock.stopped_at or clock.voided_at),
        _overdue(clock, now),
    )


def _name(register: DivisionRegister, code: str) -> str:
    return register.full_name(code) if code in register else code


def _at(instant: datetime | None) -> str:
    return instant.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S") if instant else ""


def _overdue(clock: Clock, now: datetime) -> str:
    if clock.due_at is None or clock.voided_at is not None:
        return ""
    late = (clock.stopped_at or now) - clock.due_at
    return str(timedelta(seconds=int(late.total_seconds()))) if late > timedelta() else ""


@app.command()
def watch(
    division: Division = "500000",
    since: Annotated[
        int | None, typer.Option(min=0, help="从该序号之后。Begin behind this sequence.")
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="显示几条后结束。End after so many.")] = None,
) -> None:
    """实时收看时钟与呼叫。Watch clocks and pages as they happen."""
    settings = _settings()
    register = _register(settings, division)
    typer.echo(_say("watching", division=_name(register, division)))
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(_watch(settings, register, division, since, count))
        except Unavailable:
            _refuse("no-bus")


async def _watch(
    settings: Settings, register: DivisionRegister, division: str, since: int | None, count: int | None
) -> None:
    console = Console()
    shown = 0
    async for message in _messages_of(settings, division, since):
        console.print(_line(message, register), highlight=False, soft_wrap=True)
        shown += 1
        if shown == count:
            return


async def _messages_of(settings: Settings, division: str, since: int | None) -> AsyncIterator[Msg]:
    client = await connect(settings.bus_address(), "clocks-watch")
    try:
        config = (
            ConsumerConfig(deliver_policy=DeliverPolicy.NEW)
            if since is None
            else ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=since + 1)
        )
        subscription = await client.jetstream().subscribe(
            f"alerts.*.{subtree_wildcard(division)}",
            stream=stream_of("alerts"),
            config=config,
            ordered_consumer=True,
        )
        async for message in subscription.messages:
            yield message
    finally:
        await client.close()


def _line(message: Msg, register: DivisionRegister) -> str:
    headers = message.headers or {}
    body: dict[str, Any] = json.loads(message.data)
    name = headers.get("ce-type", "").partition(".")[2]
    style = _EVENT_STYLES.get(name, "white")
    at = _at(datetime.fromisoformat(body["occurred_at"]))
    what = " ".join(
        str(body[field]) for field in ("rule", "clock_subject", "occasion", "post") if body.get(field)
    )
    due = f" → {_at(datetime.fromisoformat(body['due_at']))}" if body.get("due_at") else ""
    late = (
        " +" + str(timedelta(seconds=int(body["late_seconds"]))) if body.get("late_seconds", 0) >= 1 else ""
    )
    place = _name(register, headers.get("ce-division", ""))
    sequence = message.metadata.sequence.stream
    return f"[dim]{sequence}[/] {at} [{style}]{name}[/] {place} {what}{due}{late}"
