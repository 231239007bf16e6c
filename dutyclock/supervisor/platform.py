"""The whole platform on one machine: servers, services, and the order in which they come and go."""

import asyncio
import json
import os
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from dutyclock.embedded.nats import EmbeddedNats
from dutyclock.embedded.postgres import EmbeddedPostgres
from dutyclock.embedded.processes import free_port, port_is_free, ports_in_use
from dutyclock.services import AUDITOR, PROCESSES, PROJECT, SERVICES
from dutyclock.supervisor.logs import rotate
from dutyclock.supervisor.options import Options
from dutyclock.supervisor.preparer import Preparer
from dutyclock.supervisor.service import Service
from dutyclock.supervisor.state import Secrets, StateFolder
from dutyclock.supervisor.watching import Tell, every, keep_running
from dutyclock.terminal import CannotStart

LOG_CHECK_SECONDS = 30.0

Result = TypeVar("Result")


class Progress(Protocol):
    """Told what is going on during the start, by the catalogue's names of the steps."""

    def begun(self, step: str) -> None: ...

    def done(self, step: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything is, once it is ready."""

    services: Mapping[str, str]
    database_url: str
    nats_url: str
    database_is_ours: bool
    bus_is_ours: bool
    first_key: str | None
    state: Path
    logs: Path


class Platform:
    """`start`, `watch` for as long as it should run, `stop`; after a `start` that raised there is nothing to
    stop.
    """

    def __init__(self, options: Options, progress: Progress, tell: Tell) -> None:
        self._options = options
        self._progress = progress
        self._tell = tell
        self._state = StateFolder(options.state)
        self._preparer = Preparer(self._state.logs / "prepare.log")
        self._postgres: EmbeddedPostgres | None = None
        self._nats: EmbeddedNats | None = None
        self._services: list[Service] = []
        self._auditor: Service | None = None

    async def start(self) -> Addresses:
        """Return once every service is ready; raises CannotStart with everything stopped again."""
        try:
            return await self._start()
        except BaseException as problem:
            await self.stop()
            if isinstance(problem, BaseExceptionGroup):
                raise _most_telling(problem) from None
            raise

    async def _start(self) -> Addresses:
        await self._step("state", self._claim_state())
        secrets = self._state.secrets()
        await self._start_servers()
        database_url = self._options.database_url or self._embedded_postgres.url
        nats_url = self._options.nats_url or self._embedded_nats.url
        prepared = self._preparer.make_ready(
            database_url, secrets.role_passwords, secrets.first_key, self._options.nats_url
        )
        service_urls, first_key = await self._step("provision", prepared)
        if first_key and first_key != secrets.first_key:
            self._state.remember_first_key(first_key)
        await self._step("services", self._start_services(secrets, service_urls))
        processes = [*self._services, *([self._auditor] if self._auditor else [])]
        services = {process.name: f"http://{self._options.host}:{process.port}" for process in processes}
        self._state.announce(database_url, nats_url, services)
        return Addresses(
            services,
            database_url,
            nats_url,
            database_is_ours=self._postgres is not None,
            bus_is_ours=self._nats is not None,
            first_key=first_key,
            state=self._state.folder,
            logs=self._state.logs,
        )

    @property
    def _embedded_postgres(self) -> EmbeddedPostgres:
        assert self._postgres is not None
        return self._postgres

    @property
    def _embedded_nats(self) -> EmbeddedNats:
        assert self._nats is not None
        return self._nats

    async def _claim_state(self) -> None:
        self._state.claim()
        rotate(self._state.logs)
        taken = [
            (service, f"--{service}-port", port)
            for service, port in self._options.ports.items()
            if port and not port_is_free(port)
        ]
        if taken:
            raise ports_in_use(taken)

    async def _start_servers(self) -> None:
        """PostgreSQL, NATS and the check of the files side by side."""
        options = self._options
        divisions = os.environ.get("DUTYCLOCK_DIVISIONS_FILE") or PROJECT / "data" / "divisions-chongqing.csv"
        async with asyncio.TaskGroup() as group:
            checked = self._preparer.check_files(options.policy_folder, Path(divisions))
            group.create_task(self._step("policy", checked))
            if options.database_url is None:
                self._postgres = EmbeddedPostgres(
                    self._state.folder, port=options.postgres_port, durable=options.durable
                )
                group.create_task(self._step("postgres", self._postgres.start()))
            if options.nats_url is None:
                self._nats = EmbeddedNats(
                    self._state.folder, port=options.nats_port, durable=options.durable, services=SERVICES
                )
                group.create_task(self._step("nats", self._nats.start()))

    async def _start_services(self, secrets: Secrets, database_urls: Mapping[str, str]) -> None:
        """The four side by side; the auditor is started once they are ready, by `watch`."""
        for name in PROCESSES:
            environment = {
                "DUTYCLOCK_WATCHED_DISKS": json.dumps({"state": str(self._state.folder.resolve())}),
                **os.environ,
                "HOME": usable_home(self._state.folder),
                "MALLOC_ARENA_MAX": "2",  # each further arena would cost megabytes in every process
                "DATABASE_URL": database_urls[name],
                "NATS_URL": self._bus_of(name),
                "DUTYCLOCK_HOST": self._options.host,
                "DUTYCLOCK_POLICY_FOLDER": str(self._options.policy_folder.resolve()),
                "DUTYCLOCK_SECRET_KEY": os.environ.get("DUTYCLOCK_SECRET_KEY") or secrets.secret_key,
                "DUTYCLOCK_SEALING_KEYS": os.environ.get("DUTYCLOCK_SEALING_KEYS") or secrets.sealing_keys,
                **self._options.service_environment,
            }
            port = self._options.ports[name] or free_port()
            service = Service(name, port, environment, self._state.logs / f"{name}.log")
            if name == AUDITOR:
                self._auditor = service
            else:
                self._services.append(service)
        async with asyncio.TaskGroup() as group:
            for service in self._services:
                group.create_task(service.start())

    def _bus_of(self, name: str) -> str:
        if self._options.nats_url:
            return self._options.nats_url
        if name == AUDITOR:  # it has nothing to say there, hence no user
            return f"nats://127.0.0.1:{self._embedded_nats.port}"
        return self._embedded_nats.url_for(name)

    async def _step(self, name: str, work: Awaitable[Result]) -> Result:
        self._progress.begun(f"step-{name}")
        result = await work
        self._progress.done(f"step-{name}")
        return result

    async def watch(self) -> None:
        """Start again what ends, and keep the logs small, until cancelled."""
        async with asyncio.TaskGroup() as group:
            if self._postgres is not None:
                group.create_task(keep_running("PostgreSQL", self._postgres, self._tell))
            if self._nats is not None:
                group.create_task(keep_running("NATS", self._nats, self._tell))
            for service in self._services:
                group.create_task(keep_running(service.name, service, self._tell))
            if self._auditor is not None:
                group.create_task(keep_running(AUDITOR, self._auditor, self._tell, started=False))
            group.create_task(every(LOG_CHECK_SECONDS, lambda: rotate(self._state.logs)))

    async def stop(self) -> None:
        """Services first, so that they can finish and drain, then the bus, then the database."""
        await self._preparer.close()
        processes = [*self._services, *([self._auditor] if self._auditor else [])]
        await asyncio.gather(*(process.stop() for process in processes))
        if self._nats is not None:
            await self._nats.stop()
        if self._postgres is not None:
            await self._postgres.stop()
        self._state.release()


def _most_telling(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The reason for which a start was given up: the others are its consequences."""
    told, rest = group.split(CannotStart)
    first: BaseException = (told or rest or group).exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


def usable_home(otherwise: Path) -> str:
    """HOME if we may read it: asyncpg looks there for certificates and takes a closed door for a lost
    connection.
    """
    home = os.environ.get("HOME", "")
    with suppress(OSError):
        if home and os.access(home, os.R_OK | os.X_OK):
            return home
    return str(otherwise)
