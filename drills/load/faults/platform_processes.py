"""Which process is which, of a platform that runs on this machine: by its state folder and its supervisor."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from drills.load.faults.messages import say
from dutyclock.embedded.records import read_record
from dutyclock.services import SERVICES
from dutyclock.supervisor.readiness import ask_readiness
from dutyclock.terminal import Sentence

BUS = "bus"
DATABASE = "database"


class PlatformProcesses:
    """The children of the process that holds a state folder: `dutyclock up`, or a drill."""

    def __init__(self, state: Path) -> None:
        self._state = state.resolve()

    def why_not(self, whom: str) -> Sentence | None:
        """Return why nothing can be done to a part of the platform, or None when it can."""
        if self._supervisor() is None:
            return say("no-platform", state=self._state)
        if not self._has_started(whom):
            return say("not-ours", whom=whom)
        return None

    def find(self, whom: str) -> psutil.Process | None:
        """Return the process that is there now; None between an end and the next start."""
        supervisor = self._supervisor()
        for child in supervisor.children() if supervisor else ():
            with suppress(psutil.Error):
                if child.status() != psutil.STATUS_ZOMBIE and self._is(child, whom):
                    return child
        return None

    async def are_ready(self, whom: str) -> bool:
        """Whether a service says that it is ready; for what all four need, whether each of them does."""
        asked = (whom,) if whom in SERVICES else SERVICES
        answers = await asyncio.gather(*(ask_readiness(self._port_of(service)) for service in asked))
        return all(answer.status == 200 for answer in answers)

    def _supervisor(self) -> psutil.Process | None:
        with suppress(psutil.NoSuchProcess, KeyError):
            return psutil.Process(self._announced()["pid"])
        return None

    def _announced(self) -> dict[str, Any]:
        return read_record(self._state / "state.json")

    def _has_started(self, whom: str) -> bool:
        """Whether a part is the platform's own: somebody else's database is known by its address alone."""
        announced = self._announced()
        if whom == BUS:
            return _port(announced["nats_url"]) == read_record(self._state / "nats.json").get("port")
        if whom == DATABASE:
            return _port(announced["database_url"]) == read_record(self._state / "postgres.json").get("port")
        return whom in announced["services"]

    def _is(self, child: psutil.Process, whom: str) -> bool:
        command = child.cmdline()
        if whom == BUS:
            return str(self._state / "nats.conf") in command
        if whom == DATABASE:
            return "-D" in command and Path(child.cwd()) == self._state / "postgres"
        if f"services.{whom}" not in command:
            return False
        return child.environ().get("DUTYCLOCK_PORT") == str(self._port_of(whom))

    def _port_of(self, service: str) -> int:
        port = _port(self._announced()["services"][service])
        assert port is not None
        return port


def _port(url: str) -> int | None:
    return urlsplit(url).port
