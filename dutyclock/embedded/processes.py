"""Child processes that write to a log file, run in a session of their own and never outlive their parent."""

import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dutyclock.embedded.accounts import Account
from dutyclock.terminal import CannotStart, Sentence, say

POLL_SECONDS = 0.02
PR_SET_PDEATHSIG = 1


class Process(Protocol):
    """What a child is seen through: Popen, or who else can tell of its end."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def send_signal(self, sig: int) -> None: ...


class Child:
    """A started process; `stop` asks before it kills."""

    def __init__(self, name: str, process: "Process", log: Path, watchdog: "Watchdog | None") -> None:
        self.name = name
        self.log = log
        self._process = process
        self._watchdog = watchdog

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        code = self._process.poll()
        if code is not None and self._watchdog is not None:
            self._watchdog.dismiss()
        return code

    async def wait(self, seconds: float | None = None) -> int | None:
        """The exit code, or None when it still runs after `seconds`."""
        loop = asyncio.get_running_loop()
        deadline = None if seconds is None else loop.time() + seconds
        pause = POLL_SECONDS
        while (code := self.returncode) is None:
            if deadline is not None and loop.time() >= deadline:
                return None
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.2)
        return code

    def tell(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def stop(self, *steps: tuple[signal.Signals, float]) -> int:
        """Send each signal and wait its seconds for the end; the last resort is SIGKILL."""
        for number, seconds in steps:
            self.tell(number)
            code = await self.wait(seconds)
            if code is not None:
                return code
        return await self.kill()

    async def kill(self) -> int:
        self.tell(signal.SIGKILL)
        code = await self.wait()
        assert code is not None
        return code


@dataclass(frozen=True, slots=True)
class Watchdog:
    """A shell that reads from a pipe: when the parent dies, the pipe closes and it signals the child.

    For systems without PR_SET_PDEATHSIG (macOS).
    """

    process: subprocess.Popen[bytes]

    @classmethod
    def over(cls, pid: int, number: signal.Signals) -> "Watchdog":
        script = f"read -r _; kill -{number.value} {pid} 2>/dev/null"
        process = subprocess.Popen(["/bin/sh", "-c", script], stdin=subprocess.PIPE, start_new_session=True)
        return cls(process)

    def dismiss(self) -> None:
        """Must follow the child's end at once: its process id may be given to another."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    working_directory: Path | None = None,
    account: Account | None = None,
    on_parent_death: signal.Signals = signal.SIGTERM,
    watchdog: bool = sys.platform != "linux",
) -> Child:
    """Start a child whose output is appended to `log`.

    It gets a session of its own, so that Ctrl-C reaches only the parent, which stops its children in order.
    It dies with the thread that calls this.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=working_directory,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            # Popen changes the user before it calls this, and a change of user would lose the death signal.
            preexec_fn=None if watchdog else die_with_parent(on_parent_death),  # noqa: PLW1509  # two system calls
        )
    return Child(name, process, log, Watchdog.over(process.pid, on_parent_death) if watchdog else None)


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None)  # loaded before the fork: nothing may allocate or lock between fork and exec
    parent = os.getpid()

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number.value)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return ask_kernel


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now; a connection in TIME_WAIT does not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def ports_in_use(taken: Sequence[tuple[str, str, int]]) -> CannotStart:
    """One refusal for all the ports that are taken: of what, the option that changes it, the number."""
    sentences = [
        say(
            "port-in-use",
            what=what,
            port=port,
            option=option,
            variable="DUTYCLOCK_" + option.removeprefix("--").replace("-", "_").upper(),
        )
        for what, option, port in taken
    ]
    whole = Sentence("\n  ".join(one.zh for one in sentences), "\n  ".join(one.en for one in sentences))
    return CannotStart.worded("port-in-use", whole)


def choose_port(what: str, option: str, demanded: int | None, remembered: int | None) -> int:
    """`demanded` itself, or else the port of last time, or else a free one; CannotStart when `demanded` is
    taken.
    """
    if demanded:
        if not port_is_free(demanded):
            raise ports_in_use([(what, option, demanded)])
        return demanded
    return remembered if remembered and port_is_free(remembered) else free_port()


def last_words(
    log: Path, markers: Sequence[str] = ("FATAL", "PANIC", "ERROR", "[FTL]", "[ERR]", "error:")
) -> str:
    """The last line of a log that names an error, or its last line; empty when there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - 16_384))
            lines = [line for line in stream.read().decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return ""
    named = [line for line in lines if any(marker in line for marker in markers)]
    return shorten((named or lines or [""])[-1].strip())


def shorten(line: str, longest: int = 240) -> str:
    """A line that fits a terminal's few rows."""
    return line if len(line) <= longest else line[: longest - 1] + "…"
