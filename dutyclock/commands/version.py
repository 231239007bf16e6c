"""`dutyclock version`: which version this is, of the program and of the law."""

from importlib.metadata import version as installed_version

import typer

from shared.policy import load_pack
from shared.settings import PROJECT

PACK = PROJECT / "policies" / "chongqing-2021-winter"


def version() -> None:
    """显示程序与政策包的版本。Show the versions of the program and of its policy."""
    pack = load_pack(PACK)
    typer.echo(f"dutyclock {installed_version('dutyclock')}")
    typer.echo(f"policy {pack.id} version {pack.version} ({pack.content_hash()[:19]})")
