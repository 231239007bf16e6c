"""`dutyclock bus`: accounts of the bus for other systems, each for one subtree."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dutyclock.embedded import subtree_accounts
from dutyclock.embedded.records import read_record
from dutyclock.installation import DEFAULT_STATE
from shared.divisions import DivisionRegister
from shared.settings import Settings
from shared.yaml_files import read_yaml

app = typer.Typer(
    help="总线账户：授予、列出、收回。Accounts of the bus for other systems: grant, list, revoke.",
    no_args_is_help=True,
    add_completion=False,
)

_MESSAGES = Path(__file__).parent.parent / "messages" / "bus.yaml"

Division = Annotated[str, typer.Argument(help="区划代码。The division whose subtree the account hears.")]
State = Annotated[Path, typer.Option(help="状态目录。The folder of the installation's state.")]


@cache
def _messages() -> dict[str, dict[str, str]]:
    return read_yaml(_MESSAGES)


def _say(name: str, **values: object) -> str:
    message = _messages()[name]
    return f"{message['zh'].format_map(values)}  {message['en'].format_map(values)}"


def _refuse(name: str, **values: object) -> NoReturn:
    typer.echo(_say(name, **values), err=True)
    raise typer.Exit(1)


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


if __name__ == "__main__":
    app()
