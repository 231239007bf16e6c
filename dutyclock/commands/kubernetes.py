"""`dutyclock kubernetes`: what an installation in a cluster begins with."""

import json
import sys
from typing import Annotated

import typer

from dutyclock.kubernetes.ingress import NAMESPACE
from dutyclock.kubernetes.secrets import make_secrets
from dutyclock.terminal import say

app = typer.Typer(
    help="集群部署：生成密钥。In a cluster: make the secrets.", no_args_is_help=True, add_completion=False
)


@app.callback()
def _group() -> None:
    """集群部署：生成密钥。In a cluster: make the secrets."""


@app.command()
def secrets(
    namespace: Annotated[str, typer.Option(help="命名空间。The namespace.")] = NAMESPACE,
) -> None:
    """生成新密钥并输出，交给 `kubectl create -f -`。Print new secrets, for `kubectl create -f -`.

    只用一次：已有的不会被覆盖。Once only: what is there already is not replaced.
    """
    if sys.stdout.isatty():  # nobody reads them from a screen, and somebody may over a shoulder
        typer.echo(str(say("secrets-on-screen")), err=True)
        raise typer.Exit(1)
    typer.echo(json.dumps(make_secrets(namespace), indent=1))
