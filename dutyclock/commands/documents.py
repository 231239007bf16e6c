"""`dutyclock documents`: the generated pages, written anew or checked for drift."""

from collections.abc import Callable

import click
import typer

from dutyclock.commands.policy import schema
from dutyclock.documents.addresses import addresses
from dutyclock.documents.api import api
from dutyclock.documents.clauses import clauses
from dutyclock.documents.kubernetes import manifests


def documents(
    check: bool = typer.Option(
        False, "--check", help="只检查，不写。Write nothing; fail where a file differs."
    ),
) -> None:
    """生成文档。Write docs/api, the proxy's routes, docs/clauses.md, docs/schemas and parts of deploy/k8s."""
    writers: tuple[Callable[..., None], ...] = (api, addresses, clauses, schema, manifests)
    failed = False
    for write in writers:
        try:
            write(check=check)
        except (typer.Exit, click.exceptions.Exit) as end:
            failed = failed or bool(end.exit_code)
    if failed:
        raise typer.Exit(1)
