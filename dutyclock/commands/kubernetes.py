"""`dutyclock kubernetes`: the secrets of an installation in a cluster, made and made anew."""

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from dutyclock.commands.rotation_options import AddSealingKey, Anew, DropSealingKey, FrontSealingKey
from dutyclock.kubernetes.ingress import NAMESPACE
from dutyclock.kubernetes.rotation import made_anew
from dutyclock.kubernetes.secrets import make_secrets
from dutyclock.supervisor.state import new_sealing_key
from dutyclock.terminal import CannotStart, say

app = typer.Typer(
    help="集群部署：生成与轮换密钥。In a cluster: make the secrets, and make them anew.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def _group() -> None:
    """集群部署：生成与轮换密钥。In a cluster: make the secrets, and make them anew."""


@app.command()
def secrets(
    namespace: Annotated[str, typer.Option(help="命名空间。The namespace.")] = NAMESPACE,
) -> None:
    """生成新密钥并输出，交给 `kubectl create -f -`。Print new secrets, for `kubectl create -f -`.

    只用一次：已有的不会被覆盖。Once only: what is there already is not replaced.
    """
    _print(make_secrets(namespace))


@app.command()
def rotate(
    anew: Anew = None,
    add_sealing_key: AddSealingKey = None,
    front_sealing_key: FrontSealingKey = None,
    drop_sealing_key: DropSealingKey = None,
) -> None:
    """读入现有密钥，输出轮换后的，交给 `kubectl replace -f -`。Read all Secrets, print them with some anew.

    用法与之后的步骤见 docs/security.md。How it is used, and what follows, stands in docs/security.md.
    """
    added = new_sealing_key(add_sealing_key) if add_sealing_key else None
    try:
        held = json.load(sys.stdin)
    except ValueError:
        held = {}
    try:
        _print(made_anew(held, anew or (), add=added, front=front_sealing_key, drop=drop_sealing_key))
    except CannotStart as problem:
        typer.echo(str(problem.sentence), err=True)
        raise typer.Exit(1) from None


def _print(made: Mapping[str, Any]) -> None:
    """Print secrets, but not on a screen: nobody reads them there, and somebody may over a shoulder."""
    if sys.stdout.isatty():
        typer.echo(str(say("secrets-on-screen")), err=True)
        raise typer.Exit(1)
    typer.echo(json.dumps(made, indent=1))
