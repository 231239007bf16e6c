"""`dutyclock version`: which version this is, of the program and of the law."""

from importlib.metadata import version as installed_version

import typer

from shared.policy import load_pack
from shared.settings import PROJECT

PACK = PROJECT / "policies" / "chongqing-2021-winter"


def version() -> None:
    """Show the version of the program and of the policy that ships with it."""
    pack = load_pack(PACK)
    typer.echo(f"dutyclock {installed_version('dutyclock')}")
    typer.echo(f"policy {pack.id} version {pack.version} ({pack.content_hash()[:19]})")
