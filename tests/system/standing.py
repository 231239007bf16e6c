"""Platforms that several tests share one after the other: to start and fill one takes longer than most tests.

Only for tests that store nothing or do not mind what others have stored; each kind of platform has a database
and a bus of its own.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.bus_accounts import clear_bus, lay_streams
from tests.servers import Servers, ServiceProcess, create_database, drop_database
from tests.system.doors import Attacked, seeded
from tests.system.platform import Platform

STILL = 1e-12
"""The rate of a clock that stands at its origin: an hour of ours is less than the microsecond that counts."""


class Kind(NamedTuple):
    """What makes tests share a platform."""

    services: frozenset[str]
    rate: float
    kept_for: str


class Standing:
    """Platforms by kind, each started when first asked for."""

    def __init__(self, servers: Servers, template: str, accounts: Iterator[int], folder: Path) -> None:
        self._servers = servers
        self._template = template
        self._accounts = accounts
        self._folder = folder
        self._platforms: dict[Kind, tuple[Attacked, str]] = {}
        self._started: list[ServiceProcess] = []
        self._databases: list[str] = []

    async def attacked(self, *services: str, rate: float = STILL, kept_for: str = "") -> tuple[Attacked, str]:
        """Return a platform with something of each kind in it, and the address of its database.

        Tests that change what others rely on say for what a platform of theirs is kept.
        The clients are the caller's own, for they belong to the test's event loop; the caller closes them.
        """
        kind = Kind(frozenset(services), rate, kept_for)
        if kind not in self._platforms:
            self._platforms[kind] = await self._start(*services, rate=rate)
            await self._platforms[kind][0].platform.close()
        attacked, database_url = self._platforms[kind]
        return _with_clients_anew(attacked), database_url

    async def _start(self, *services: str, rate: float) -> tuple[Attacked, str]:
        database = await create_database(self._servers, self._template)
        self._databases.append(database)
        bus = self._servers.nats_urls[next(self._accounts)]
        await clear_bus(bus)
        await lay_streams(bus)

        async def start(name: str, **environment: str) -> ServiceProcess:
            surroundings = {"DATABASE_URL": self._servers.service_url(database, name), "NATS_URL": bus}
            log = self._folder / f"{name}-{len(self._started)}.log"
            service = ServiceProcess(name, surroundings | environment, log)
            self._started.append(service)
            return await service.start()

        database_url = self._servers.database_url(database)
        return await seeded(start, database_url, *services, rate=rate), database_url

    async def end(self) -> None:
        """Stop what runs and drop the databases."""
        await asyncio.gather(*(service.stop() for service in self._started))
        for database in self._databases:
            await drop_database(self._servers, database)


def _with_clients_anew(attacked: Attacked) -> Attacked:
    platform = attacked.platform

    def client(former: httpx.AsyncClient) -> httpx.AsyncClient:
        headers: dict[str, Any] = {"authorization": former.headers["authorization"]}
        return httpx.AsyncClient(base_url=former.base_url, headers=headers, timeout=60)

    clients = {name: client(former) for name, former in platform.clients.items()}
    return Attacked(Platform(platform.services, clients, platform.clock), attacked.ids)
