"""Where the installation is that a command speaks to: named by the environment, or the one in `var/`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import typer

from shared.bus_address import BusAddress

DEFAULT_STATE = Path("var")


@dataclass(frozen=True, slots=True)
class Installation:
    """The addresses of an installation, with its operator's own account."""

    database_url: str
    nats_url: str

    @property
    def bus(self) -> BusAddress:
        """Where its bus is, with the authority that DUTYCLOCK_NATS_CA_FILE names."""
        return bus_at(self.nats_url)


def bus_at(nats_url: str) -> BusAddress:
    """Return a bus with the authority that the environment names, as a service's settings would."""
    ca_file = os.environ.get("DUTYCLOCK_NATS_CA_FILE")
    return BusAddress(nats_url, Path(ca_file) if ca_file else None)


def find_installation(state: Path = DEFAULT_STATE) -> Installation:
    """Return the installation that DATABASE_URL and NATS_URL name, else the one whose state lies in `state`.

    Ends the command with one sentence when there is neither.
    """
    file = state / "state.json"
    remembered: dict[str, str] = {}
    if file.exists():
        remembered = json.loads(file.read_text("utf-8"))
    database_url = os.environ.get("DATABASE_URL") or remembered.get("database_url")
    nats_url = os.environ.get("NATS_URL") or remembered.get("nats_url")
    if not database_url or not nats_url:
        typer.echo(
            "没有找到运行中的系统 No installation found: "
            f"set DATABASE_URL and NATS_URL, or run `make up` ({file}).",
            err=True,
        )
        raise typer.Exit(1)
    return Installation(database_url, nats_url)
