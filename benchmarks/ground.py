"""What every measurement stands on: durable servers of its own, services as processes, a key."""

import asyncio
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from dutyclock.embedded.binaries import PostgresBinaries, find_postgres
from dutyclock.embedded.nats import EmbeddedNats
from dutyclock.embedded.postgres import EmbeddedPostgres
from dutyclock.embedded.processes import free_port
from dutyclock.provision import provision
from dutyclock.services import PROCESSES, PROJECT, SERVICES
from dutyclock.supervisor.service import Service
from shared.access import Scope
from shared.api_keys import create_key
from shared.clock import Clock

RESULTS = PROJECT / "benchmarks" / "results"
SECRETS: Mapping[str, str] = {
    "DUTYCLOCK_SECRET_KEY": secrets.token_urlsafe(32),
    "DUTYCLOCK_SEALING_KEYS": "bench:YmVuY2htYXJrcyBhcmUgbm8gc2VjcmV0IGF0IGFsbCE=",
}


@dataclass(slots=True)
class Ground:
    """Addresses of the servers, and the services that were started on them."""

    folder: Path
    postgres: EmbeddedPostgres
    nats: EmbeddedNats
    database_urls: Mapping[str, str]
    key: str
    binaries: PostgresBinaries = field(default_factory=find_postgres)
    _running: dict[str, Service] = field(default_factory=dict[str, Service])

    @property
    def admin_url(self) -> str:
        """The administrator's address of the database."""
        return self.postgres.url

    def nats_url(self, service: str) -> str:
        """The bus as this service may use it."""
        return self.nats.url_for(service)

    async def start(self, service: str, **settings: str) -> int:
        """Start the service as a process and return its port once it is ready; one that runs is kept."""
        if service in self._running:
            return self._running[service].port
        environment = {
            **os.environ,
            **SECRETS,
            "DATABASE_URL": self.database_urls[service],
            "NATS_URL": self.nats_url(service),
            "DUTYCLOCK_RATE_LIMIT_PER_MINUTE": "0",
            **settings,
        }
        process = Service(service, free_port(), environment, self.folder / "logs" / f"{service}.log")
        await process.start()
        self._running[service] = process
        return process.port

    def pid(self, service: str) -> int:
        """The process id of a service that runs."""
        return self._running[service].child.pid

    async def stop(self, *services: str) -> None:
        """Stop these services, or all of them."""
        for service in services or tuple(self._running):
            process = self._running.pop(service, None)
            if process is not None:
                await process.stop()

    async def empty(self, *tables: str) -> None:
        """Empty tables and let PostgreSQL settle, so that one measurement does not pay for another."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(f"TRUNCATE {', '.join(tables)}")
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()


@asynccontextmanager
async def lay_ground() -> AsyncGenerator[Ground, None]:
    """Start durable servers on the checkout's own disk (memory would flatter), and clear all away after."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".state-", dir=RESULTS))
    postgres = EmbeddedPostgres(folder)
    nats = EmbeddedNats(folder, services=SERVICES)
    ground: Ground | None = None
    try:
        await asyncio.gather(postgres.start(), nats.start())
        passwords = {service: secrets.token_urlsafe(12) for service in PROCESSES}
        urls = await provision(postgres.url, passwords)
        ground = Ground(folder, postgres, nats, urls, await _make_key(postgres.url))
        yield ground
    finally:
        if ground is not None:
            await ground.stop()
        await asyncio.gather(nats.stop(), postgres.stop())
        shutil.rmtree(folder, ignore_errors=True)


async def _make_key(database_url: str) -> str:
    connection = await asyncpg.connect(database_url)
    try:
        _, key = await create_key(
            connection, name="bench", division="500000", scopes=[Scope.ADMIN], now=Clock().now()
        )
        return key
    finally:
        await connection.close()


async def run_program(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a program and return what it printed; raises RuntimeError with its words when it fails."""
    process = await asyncio.create_subprocess_exec(
        *(str(part) for part in command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        cwd=PROJECT,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.send_signal(signal.SIGTERM)
        raise
    text = output.decode("utf-8", "replace")
    if process.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} failed: {text[-2000:]}")
    return text
