"""A process that has imported the services and read the law, and forks one whenever a test wants it started.

To import a service takes two to three seconds of processor and hundreds of starts are asked for in a run; a
fork takes milliseconds. What is forked is the service itself, a process with an environment, a log, a
session and an end of its own. That a service also starts from nothing is proved where `python -m services.…`
is called: by the crashes, by TLS, by the supervisor's own tests and by every drill."""

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dutyclock.embedded.processes import Child, die_with_parent
from dutyclock.services import PROJECT

SUPPORTED = sys.platform == "linux"
LONGEST_ORDER_BYTES = 200_000
SECONDS_TO_END = 30.0


class Forked:
    """A service that the nursery forked, seen from the test: its end is told through a pipe."""

    def __init__(self, pid: int, told: int) -> None:
        self.pid = pid
        self._told = told
        self._code: int | None = None

    def poll(self) -> int | None:
        """None while it runs; negative when a signal ended it, or when nobody was left to tell how."""
        if self._code is None:
            with suppress(BlockingIOError):
                self._code = int(os.read(self._told, 16) or -signal.SIGKILL)
                os.close(self._told)
        return self._code

    def send_signal(self, sig: int) -> None:
        """Signal it unless it has ended: its process id stays its own until its end has been told."""
        if self.poll() is None:
            os.kill(self.pid, sig)


class Nursery:
    """The test's end of it; the process ends when this end is closed, or its owner is gone."""

    def __init__(self) -> None:
        self._post, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._one_at_a_time = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"],
            stdin=theirs.fileno(),
            cwd=PROJECT,
            start_new_session=True,
        )
        theirs.close()

    def fork(self, service: str, environment: Mapping[str, str], log: Path) -> Child:
        """Start `services.<service>` in a process of its own whose output is appended to `log`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        order = json.dumps({"service": service, "environment": dict(environment)}).encode()
        assert len(order) < LONGEST_ORDER_BYTES, "an environment that no process could be given"
        told, telling = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        with log.open("ab") as output, self._one_at_a_time:
            socket.send_fds(self._post, [order], [output.fileno(), telling])
            os.close(telling)
            answer = self._post.recv(16)
        assert answer, "the nursery has ended; its last words are among the test's"
        return Child(service, Forked(int(answer), told), log, watchdog=None)

    def close(self) -> None:
        """End it, and with it whatever of it still runs."""
        self._post.close()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:  # a machine that stands still fails no test that has passed
            self._process.kill()
            self._process.wait()


_nurseries: list[Nursery] = []


def the_nursery() -> Nursery:
    """Return this worker's own, made when the first service is asked for."""
    if not _nurseries:
        _nurseries.append(Nursery())
    return _nurseries[0]


def close_nursery() -> None:
    """End it, if there is one."""
    while _nurseries:
        _nurseries.pop().close()


@dataclass(frozen=True, slots=True)
class _Running:
    """A forked service, seen from the nursery."""

    pid: int
    telling: int

    def tell(self) -> None:
        """Tell how it ended, then let go of its process id."""
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        with suppress(BrokenPipeError):  # the test did not wait for it
            os.write(self.telling, str(code).encode())
        os.close(self.telling)
        os.waitpid(self.pid, 0)


def _next_service(post: socket.socket) -> str | None:
    """Take orders until there are no more; return, in each fork, the service that it is to be."""
    parent_dies = die_with_parent(signal.SIGTERM)
    with selectors.DefaultSelector() as watched:
        watched.register(post, selectors.EVENT_READ)
        while True:
            for key, _ in watched.select():
                if isinstance(key.data, _Running):
                    watched.unregister(key.fd)
                    os.close(key.fd)
                    key.data.tell()
                    continue
                message, descriptors, _, _ = socket.recv_fds(post, LONGEST_ORDER_BYTES, 2)
                if not message:
                    return None
                order, (log, telling) = json.loads(message), descriptors
                _import(order["service"])
                if not (pid := os.fork()):
                    parent_dies()
                    _close([telling, *(one.fd for one in watched.get_map().values() if one.data)])
                    _close([one.data.telling for one in watched.get_map().values() if one.data])
                    _settle_in(order["environment"], log)
                    return order["service"]
                os.close(log)
                watched.register(os.pidfd_open(pid), selectors.EVENT_READ, _Running(pid, telling))
                post.send(str(pid).encode())


def _import(service: str) -> None:
    """Import what the service's process will be, and keep the collector from touching what forks share."""
    name = f"services.{service}.__main__"
    if name not in sys.modules:
        importlib.import_module(name)
        _read_law()
        gc.collect()
        gc.freeze()
    threads = len(list(Path("/proc/self/task").iterdir()))
    assert threads == 1, f"{threads} threads: a fork would keep one of them, and the locks of all"


def _read_law() -> None:
    """Read what a service reads first; a fork reads again what has changed, or is told to lie elsewhere."""
    # Here, because the run's servers and its controller import this module too and start sooner without.
    from shared.divisions import DivisionRegister
    from shared.institutions import InstitutionRegister
    from shared.policy import load_pack
    from shared.read_once import read_once
    from shared.settings import Settings

    usual = {name: field.default for name, field in Settings.model_fields.items()}
    read_once(DivisionRegister.load, usual["divisions_file"])
    read_once(InstitutionRegister.load, usual["institutions_file"])
    read_once(load_pack, usual["policy_folder"])


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _settle_in(environment: Mapping[str, str], log: int) -> None:
    """Be a process as `python -m` would have started it."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, place)
    _close([nothing, log])
    os.environ.clear()
    os.environ.update(environment)


def main() -> None:
    post = socket.socket(fileno=0)
    service = _next_service(post)
    post.detach()
    if service is not None:
        sys.argv = [f"services.{service}"]
        sys.modules[f"services.{service}.__main__"].main()


if __name__ == "__main__":
    main()
