"""One of the four services as a child of the supervisor."""

import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from dutyclock.embedded.processes import Child, last_words, spawn
from dutyclock.services import PROJECT
from dutyclock.supervisor.readiness import ask_readiness
from dutyclock.terminal import CannotStart

READY_SECONDS = 60.0
DRAIN_SECONDS = 25.0


class Service:
    """`python -m services.<name>` with its own environment and log."""

    def __init__(self, name: str, port: int, environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.port = port
        self._environment = {**environment, "DUTYCLOCK_PORT": str(port)}
        self._log = log
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        if self._child is None:
            raise RuntimeError(f"{self.name} has not been started")
        return self._child

    async def start(self) -> None:
        """Return once GET /ready says yes; raises CannotStart with what it said instead, and leaves nothing
        running.
        """
        self._child = spawn(
            self.name,
            [sys.executable, "-m", f"services.{self.name}"],
            log=self._log,
            environment=self._environment,
            working_directory=PROJECT,
            on_parent_death=signal.SIGTERM,
        )
        try:
            await self._until_ready()
        except BaseException:
            await self.stop()
            raise

    async def _until_ready(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + READY_SECONDS
        while (readiness := await ask_readiness(self.port)).status != 200:
            if self.child.returncode is not None:
                said = last_words(self._log)
                raise CannotStart("server-did-not-start", what=self.name, reason=said, log=self._log)
            if loop.time() > deadline:
                raise CannotStart(
                    "service-not-ready",
                    what=self.name,
                    seconds=int(READY_SECONDS),
                    reason=readiness.reason,
                    log=self._log,
                )
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """SIGTERM, and time to finish what it has begun."""
        if self._child is not None:
            await self._child.stop((signal.SIGTERM, DRAIN_SECONDS))
