"""`dutyclock`: one program for whoever runs the platform."""

import importlib
import os
from typing import Any

import typer
from typer.core import TyperGroup

from dutyclock.containers.secret_files import take_secret_files

COMMANDS = {
    "up": "dutyclock.commands.up:up",
    "demo": "dutyclock.commands.demo:demo",
    "drill": "dutyclock.commands.drill:app",
    "policy": "dutyclock.commands.policy:app",
    "keys": "dutyclock.commands.keys:app",
    "duty": "dutyclock.commands.duty:app",
    "bus": "dutyclock.commands.bus:app",
    "sealing": "dutyclock.commands.sealing:app",
    "dead-letters": "dutyclock.commands.dead_letters:app",
    "audit": "dutyclock.commands.audit:app",
    "clocks": "dutyclock.commands.clocks:app",
    "watchdog": "dutyclock.commands.watchdog:watchdog",
    "secrets": "dutyclock.commands.secrets:secrets",
    "migrate": "dutyclock.commands.migrate:migrate",
    "kubernetes": "dutyclock.commands.kubernetes:app",
    "documents": "dutyclock.commands.documents:documents",
    "version": "dutyclock.commands.version:version",
}


class Commands(TyperGroup):
    """Imports a command only when it is asked for: `up` would pay half a second and 50 MB for the others."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: Any = getattr(importlib.import_module(module), name)
        if isinstance(found, typer.Typer):
            command = typer.main.get_command(found)
        else:
            alone = typer.Typer(add_completion=False)
            alone.command(cmd_name)(found)
            command = typer.main.get_command(alone)
        command.name = cmd_name
        return command


app = typer.Typer(cls=Commands, add_completion=False, no_args_is_help=True)


@app.callback()
def _root() -> None:
    """地方疫情防控的法定时限：由事件启动、由事件停止，到期之前呼叫值班人员。

    Statutory clocks of local epidemic control: started and stopped by events, paged before they run out.
    """


def main() -> None:
    """Run the command named in the arguments, with the secrets of a container in its environment."""
    take_secret_files(os.environ)
    app()


if __name__ == "__main__":
    main()
