"""A cluster's folder: how it is made, named for an unprivileged server, and freed from a server that was
killed.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from dutyclock.embedded.accounts import Account, can_reach
from dutyclock.embedded.binaries import PostgresBinaries
from dutyclock.terminal import CannotStart

INSIDE = Path("/proc/self/cwd")
FORMER_SERVER_SECONDS = 20.0


def name_for(folder: Path, account: Account | None) -> str:
    """How a server that runs as `account`, and is started inside `folder`, can name it.

    Where the account may not enter a folder above, that is /proc/self/cwd, which needs no way from the root
    folder: nothing has to be opened up or moved. Raises CannotStart where there is no /proc (macOS).
    """
    if account is None or can_reach(folder, account):
        return str(folder)
    if not sys.platform.startswith("linux"):
        raise CannotStart("folder-for-root-only", folder=folder)
    return str(INSIDE)


def make_cluster(
    data: Path,
    binaries: PostgresBinaries,
    account: Account | None,
    runtime: Path,
    *,
    administrator: str,
    password: str,
    durable: bool,
    environment: Mapping[str, str],
) -> None:
    """Run initdb beside `data` and rename the result when done: half a cluster is never taken for one."""
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    secret = runtime / "password"
    secret.touch(mode=0o600)
    secret.write_text(password, "ascii")
    if account is not None:
        os.chown(draft, account.uid, account.gid)
        os.chown(secret, account.uid, account.gid)
    command = [binaries.initdb, "-D", name_for(draft, account), "-U", administrator, f"--pwfile={secret}"]
    command += ["-A", "scram-sha-256", "--data-checksums", "--encoding=UTF8", "--no-instructions"]
    # The locale comes with PostgreSQL: an update of the system never changes the order under an index.
    command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--lc-messages=C"]
    command += [sync_option()] if durable else ["--no-sync"]
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        capture_output=True,
        env=dict(environment),
        cwd=draft,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    secret.unlink()
    if done.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise CannotStart("cluster-not-made", folder=data, reason=_reason(done.stderr))
    draft.rename(data)


def sync_option() -> str:
    """How initdb flushes a thousand new files: on Linux in one call, elsewhere one by one."""
    return "--sync-method=syncfs" if sys.platform.startswith("linux") else "--sync-method=fsync"


def _reason(output: bytes) -> str:
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return next((line for line in lines if "error" in line or "FATAL" in line), lines[-1] if lines else "?")


def says_ready(data: Path) -> bool:
    """Whether the server says that it answers: in the eighth line of its pid file, as pg_ctl reads it."""
    try:
        lines = (data / "postmaster.pid").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


async def clear_former_server(data: Path) -> None:
    """Wait for the processes of a killed server to end, and remove its pid file.

    PostgreSQL takes a stale file for a running server when the process id has been given to anybody else of
    its account, which is likely after a restart of the machine or inside a container. The caller holds the
    state folder's lock, so only processes that work in `data` matter.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    loop = asyncio.get_running_loop()
    deadline = loop.time() + FORMER_SERVER_SECONDS
    while remaining := _processes_in(data):
        late = loop.time() > deadline
        for process in remaining:
            try:
                process.send_signal(signal.SIGQUIT if late else signal.SIGINT)
            except psutil.Error:
                continue
        if loop.time() > deadline + 5:
            raise CannotStart("former-server-remains", pid=remaining[0].pid, folder=data)
        await asyncio.sleep(0.1)
    pid_file.unlink(missing_ok=True)


def _processes_in(data: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == "postgres" and process.info["cwd"] == str(data)
    ]
