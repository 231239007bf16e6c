"""A whole installation on durable servers of its own, in which anything may be killed at any moment."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from dutyclock.embedded.nats import EmbeddedNats
from dutyclock.embedded.postgres import EmbeddedPostgres
from dutyclock.provision import provision
from dutyclock.services import PROCESSES, SERVICES
from shared.clock import Clock
from tests.keys import a_key
from tests.servers import ServiceProcess

ORIGIN = datetime(2021, 2, 1, 9, 5, tzinfo=UTC)
"""17:05 in Shanghai: the next warning of the daily reports is 22 hours away."""


@dataclass(frozen=True, slots=True)
class Absence:
    """From when until when nobody could fire a step, in world time."""

    begun_at: datetime
    ended_at: datetime


@dataclass
class House:
    """The servers, the processes (two of alerts), and what was done to them."""

    postgres: EmbeddedPostgres
    nats: EmbeddedNats
    services: Mapping[str, ServiceProcess]
    clock: Clock
    key: str
    down: set[str] = field(default_factory=set[str])
    absences: list[Absence] = field(default_factory=list[Absence])
    starts: int = 0
    last_kill_at: datetime = ORIGIN

    def client(self, service: str) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self.key}"}
        return httpx.AsyncClient(base_url=self.services[service].url, headers=headers, timeout=10)

    async def kill(self, victim: str, seconds: float) -> None:
        """SIGKILL, and a new start after so many seconds: `postgres`, `nats`, a process, or `both-alerts`."""
        names = ("alerts", "other-alerts") if victim == "both-alerts" else (victim,)
        self.down.update(names)
        await asyncio.gather(*(self._end(name) for name in names))
        begun_at = self.last_kill_at = self.clock.now()
        await asyncio.sleep(seconds)
        ended_at = self.clock.now()
        if victim in ("postgres", "both-alerts"):
            self.absences.append(Absence(begun_at, ended_at))
        for name in names:
            await self._begin(name)
        self.down.difference_update(names)

    async def _end(self, name: str) -> None:
        if name == "postgres":
            await self.postgres.kill()
        elif name == "nats":
            await self.nats.kill()
        else:
            await self.services[name].kill()

    async def _begin(self, name: str) -> None:
        if name == "postgres":
            await self.postgres.start()
        elif name == "nats":
            await self.nats.start()
        else:
            await self.services[name].start(ready_within_seconds=None)

    async def close_services(self) -> None:
        """End all services in order, for good."""
        self.down.update(self.services)
        await asyncio.gather(*(service.stop() for service in self.services.values()))

    async def keep(self) -> None:
        """Start again what ended by itself, as the supervisor does: no service starts without a database."""
        while True:
            await asyncio.sleep(0.5)
            for name, service in self.services.items():
                if name not in self.down and not service.running:
                    self.starts += 1
                    await service.start(ready_within_seconds=None)


@asynccontextmanager
async def a_house(folder: Path, *, rate: float, settings: Mapping[str, str]) -> AsyncGenerator[House, None]:
    """Start everything, and end it when the block does."""
    postgres, nats = EmbeddedPostgres(folder), EmbeddedNats(folder)
    keeper: asyncio.Task[None] | None = None
    services: dict[str, ServiceProcess] = {}
    try:
        await asyncio.gather(postgres.start(), nats.start())
        passwords = {service: secrets.token_urlsafe(12) for service in PROCESSES}
        urls = await provision(postgres.url, passwords)
        anchor = datetime.now(UTC)
        environment = {
            "NATS_URL": nats.url,
            "DUTYCLOCK_CLOCK_ORIGIN": ORIGIN.isoformat(),
            "DUTYCLOCK_CLOCK_ANCHOR": anchor.isoformat(),
            "DUTYCLOCK_CLOCK_RATE": str(rate),
            **settings,
        }
        for name in (*SERVICES, "other-alerts"):
            service = name.removeprefix("other-")
            its = {**environment, "DATABASE_URL": urls[service]}
            services[name] = ServiceProcess(service, its, folder / "logs" / f"{name}.log", anew=True)
        await asyncio.gather(*(service.start() for service in services.values()))
        key = await a_key(postgres.url, "500000")
        house = House(postgres, nats, services, Clock(ORIGIN, anchor, rate), key)
        keeper = asyncio.create_task(house.keep())
        yield house
    finally:
        if keeper is not None:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
        await asyncio.gather(*(service.stop() for service in services.values()))
        await asyncio.gather(nats.stop(), postgres.stop())
