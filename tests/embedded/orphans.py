"""A parent that starts a child and is killed: run as `python -m tests.embedded.orphans WHAT FOLDER`."""

import asyncio
import importlib
import signal
import subprocess
import sys
from pathlib import Path

from dutyclock.embedded.processes import spawn
from dutyclock.services import PROJECT


def start_and_be_killed(what: str, folder: Path, *, watchdog: bool = False) -> int:
    """Let a process start `what`, kill that process with SIGKILL and return the child's process id."""
    command = [sys.executable, "-m", "tests.embedded.orphans", what, str(folder), str(int(watchdog))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    return pid


async def _start(what: str, folder: Path, *, watchdog: bool) -> int:
    if what == "spawn":
        environment = {"PATH": "/bin:/usr/bin"}
        log = folder / "sleep.log"
        return spawn("sleep", ["sleep", "300"], log=log, environment=environment, watchdog=watchdog).pid
    module, _, name = what.partition(":")
    server = getattr(importlib.import_module(module), name)(folder)
    await server.start()
    return server.child.pid


if __name__ == "__main__":
    print(asyncio.run(_start(sys.argv[1], Path(sys.argv[2]), watchdog=sys.argv[3] == "1")), flush=True)
    signal.pause()
