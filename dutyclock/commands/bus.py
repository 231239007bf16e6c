"""`dutyclock bus`: accounts for other systems, each for one subtree; backup and restore."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import nats.errors
import typer
from nats.aio.client import Client

from dutyclock import bus_backups
from dutyclock.embedded import subtree_accounts
from dutyclock.embedded.records import read_record
from dutyclock.installation import DEFAULT_STATE, find_installation
from dutyclock.terminal import Catalogue, say
from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.errors import Unavailable
from shared.instants import parse_instant
from shared.jetstream import connect, ensure_streams
from shared.settings import Settings

app = typer.Typer(
    help="总线：账户的授予、列出、收回，备份与恢复。The bus: accounts for other systems, backup and restore.",
    no_args_is_help=True,
    add_completion=False,
)

_CATALOGUE = Catalogue(Path(__file__).parent.parent / "messages" / "bus.yaml")
_say, _refuse = _CATALOGUE.line, _CATALOGUE.refuse

Outcome = TypeVar("Outcome")
Division = Annotated[str, typer.Argument(help="区划代码。The division whose subtree the account hears.")]
State = Annotated[Path, typer.Option(help="状态目录。The folder of the installation's state.")]


def _subjects(division: str) -> str:
    return " ".join(subtree_accounts.events_of(division))


@app.command()
def grant(division: Division, state: State = DEFAULT_STATE) -> None:
    """授予账户，仅显示一次地址。Give a subtree an account and show its address, once."""
    register = DivisionRegister.load(Settings.model_fields["divisions_file"].default)
    if division not in register:
        _refuse("unknown-division", code=division)
    port = read_record(state / "nats.json").get("port")
    if port is None:
        _refuse("not-embedded", state=state)
    password = subtree_accounts.grant(state, division)
    typer.echo(_say("granted", subjects=_subjects(division)), err=True)
    typer.echo(f"nats://{division}:{password}@127.0.0.1:{port}")


@app.command("list")
def list_(state: State = DEFAULT_STATE) -> None:
    """列出有账户的区划。List the divisions that have an account."""
    for division in sorted(subtree_accounts.read_passwords(state)):
        typer.echo(f"{division}  {_subjects(division)}")


@app.command()
def revoke(division: Division, state: State = DEFAULT_STATE) -> None:
    """收回账户，连接立即断开。Take an account away; its connections end at once."""
    if not subtree_accounts.revoke(state, division):
        _refuse("no-account", code=division)
    typer.echo(_say("revoked", code=division))


@app.command()
def config(division: Division) -> None:
    """显示自有 NATS 的账户配置。Show the account for a NATS of your own, to be pasted into its settings."""
    account = subtree_accounts.subtree_account(division, "PASSWORD")
    typer.echo(_say("config"), err=True)
    snippet = {
        subtree_accounts.HOUSE: {"exports": subtree_accounts.exports_to(division)},
        subtree_accounts.account_of(division): account,
    }
    typer.echo(json.dumps({"accounts": snippet}, indent=2))


@app.command()
def streams() -> None:
    """使各流符合现行配置，升级之后执行。Bring all streams to the present configuration, after an update."""
    replicas = find_installation().bus.replicas

    async def work(client: Client) -> dict[str, int]:
        jetstream = client.jetstream()
        await ensure_streams(jetstream, replicas=replicas)
        return {one.config.name or "": one.state.messages for one in await jetstream.streams_info()}

    for stream, messages in sorted(_with_bus(work).items()):
        typer.echo(_say("stream-present", stream=stream, messages=messages))


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="新目录。A new folder, which must not exist.")],
) -> None:
    """备份全部流，服务照常运行。Save every stream, while everything runs. Save the database first."""
    now = Clock().now()  # real time, also in a drill

    async def work(client: Client) -> dict[str, dict[str, int]]:
        return await bus_backups.back_up(client, folder, now=now)

    for stream, figures in _with_bus(work).items():
        typer.echo(str(say("stream-backed-up", stream=stream, **figures)))


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="备份目录。The folder of a backup.")],
    since: Annotated[
        str,
        typer.Option(
            help="数据库备份的时刻；消费者自此前一小时起重读。"
            "When the database was saved: consumers read again from an hour before."
        ),
    ],
) -> None:
    """恢复到空的总线，此时不得运行服务。Put the streams back on an empty bus, while no service runs."""
    try:
        start = parse_instant(since) - bus_backups.READ_AGAIN
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--since") from None

    async def work(client: Client) -> dict[str, dict[str, int]]:
        return await bus_backups.restore(client, folder, since=start)

    for stream, figures in _with_bus(work).items():
        typer.echo(str(say("stream-restored", stream=stream, since=start.isoformat(), **figures)))


def _with_bus(work: Callable[[Client], Awaitable[Outcome]]) -> Outcome:
    """Connect with the operator's account; whatever goes wrong ends the command with one sentence."""
    installation = find_installation()

    async def run() -> Outcome:
        client = await connect(installation.bus, "bus-backup")
        try:
            return await work(client)
        finally:
            await client.close()

    try:
        return asyncio.run(run())
    except bus_backups.StreamThere as problem:
        _fail("stream-exists", stream=problem)
    except bus_backups.UnusableBackup as problem:
        _fail("backup-unreadable", reason=problem)
    except (Unavailable, nats.errors.Error, OSError, TimeoutError) as problem:
        _fail("backup-failed", reason=f"{type(problem).__name__}: {problem}")


def _fail(code: str, **values: Any) -> NoReturn:
    typer.echo(str(say(code, **values)), err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
