"""Real servers for tests: one PostgreSQL and one NATS for all workers of a run, and services as processes.

The controller starts `python -m tests.servers FOLDER` when the run begins and goes on collecting; a test
that needs a server waits for FOLDER/ready.json. A test gets a database of its own, cloned from a template
that the first one made (15 ms), and a NATS account of its own out of a few hundred that the server was
started with: streams of different accounts do not see each other, so that nothing has to be purged, and what
a former test left running disturbs nobody. (A server for each worker with purged streams would cost 15 MB
and a start each, and leave the consumers of former tests alive; reloading the configuration for a new
account takes longer than the tests themselves.)"""

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from dutyclock.embedded.nats import EmbeddedNats, account_names
from dutyclock.embedded.postgres import EmbeddedPostgres
from dutyclock.embedded.processes import Child, free_port, last_words, spawn
from dutyclock.provision import provision, role_name
from dutyclock.services import PROCESSES, PROJECT
from tests.nursery import SUPPORTED, the_nursery

FOLDER_VARIABLE = "DUTYCLOCK_TEST_SERVERS"
ACCOUNTS = 400
TEMPLATE = "template_of_tests"
TEST_SECRETS: Mapping[str, str] = {
    "DUTYCLOCK_SECRET_KEY": "a secret of the tests, long enough for every signature",
    "DUTYCLOCK_SEALING_KEYS": "tests:dGhpcnR5LXR3byBieXRlcyBmb3IgdGVzdHMgb25seSE=",
}


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses of this run's servers."""

    postgres_url: str
    nats_urls: tuple[str, ...]
    role_passwords: Mapping[str, str]

    def database_url(self, database: str) -> str:
        return self.postgres_url.rpartition("/")[0] + f"/{database}"

    def service_url(self, database: str, service: str) -> str:
        """The address that the service itself would be given: its role may reach its own schema only."""
        place = self.postgres_url.rpartition("@")[2].rpartition("/")[0]
        return (
            f"postgresql://{role_name(TEMPLATE, service)}:{self.role_passwords[service]}@{place}/{database}"
        )


def launch(folder: Path) -> Child:
    """Start the run's servers in a process of their own, without waiting for them."""
    return spawn(
        "test servers",
        [sys.executable, "-m", "tests.servers", folder],
        log=folder / "servers.log",
        environment=os.environ,
        working_directory=PROJECT,
    )


def wait_for_servers(folder: Path, seconds: float = 60.0) -> Servers:
    """Block until they answer; AssertionError with what they said when they do not."""
    ready = folder / "ready.json"
    deadline = time.monotonic() + seconds
    while not ready.exists():
        log = folder / "servers.log"
        if time.monotonic() > deadline or (folder / "failed").exists():
            raise AssertionError(f"the test servers did not start: {last_words(log) or log}")
        time.sleep(0.02)  # outside any event loop: fixtures of the whole session wait here
    found: dict[str, Any] = json.loads(ready.read_text("utf-8"))
    return Servers(found["postgres_url"], tuple(found["nats_urls"]), found["role_passwords"])


async def ensure_template(servers: Servers) -> str:
    """Make the database that every test's is cloned from, once in a run, and return its name."""
    connection = await asyncpg.connect(servers.database_url("postgres"))
    try:
        await connection.execute("SELECT pg_advisory_lock(1)")
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", TEMPLATE):
            draft = f"{TEMPLATE}_draft"
            await connection.execute(f"DROP DATABASE IF EXISTS {draft} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {draft}")
            await provision(servers.database_url(draft), servers.role_passwords, role_prefix=TEMPLATE)
            await connection.execute(f"ALTER DATABASE {draft} RENAME TO {TEMPLATE}")
    finally:
        await connection.close()
    return TEMPLATE


async def create_database(servers: Servers, template: str) -> str:
    """A new database, cloned from `template`; return its name."""
    name = f"test_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(servers.database_url("postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    finally:
        await connection.close()
    return name


async def drop_database(servers: Servers, name: str) -> None:
    connection = await asyncpg.connect(servers.database_url("postgres"))
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()


class ServiceProcess:
    """A service running as `python -m services.<name>`: forked by the nursery, or `anew` from nothing."""

    def __init__(
        self, name: str, environment: Mapping[str, str], log: Path, *, anew: bool = not SUPPORTED
    ) -> None:
        self.name = name
        self.log = log
        self._anew = anew
        self.port = int(environment.get("DUTYCLOCK_PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, **TEST_SECRETS, **environment, "DUTYCLOCK_PORT": str(self.port)}
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        assert self._child is not None, f"{self.name} has not been started"
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the process is there; one that cannot start ends by itself."""
        return self._child is not None and self._child.returncode is None

    async def start(self, *, ready_within_seconds: float | None = 90.0) -> "ServiceProcess":
        """Start it and wait for GET /ready, unless None. May be called again after `stop` or `kill`."""
        if self._anew:
            self._child = spawn(
                self.name,
                [sys.executable, "-m", f"services.{self.name}"],
                log=self.log,
                environment=self._environment,
                working_directory=PROJECT,
            )
        else:
            fork = the_nursery().fork
            self._child = await asyncio.to_thread(fork, self.name, self._environment, self.log)
        if ready_within_seconds is not None:
            await self.until_ready(ready_within_seconds)
        return self

    async def until_ready(self, seconds: float = 90.0) -> None:
        assert self._child is not None
        deadline = time.monotonic() + seconds
        async with httpx.AsyncClient(base_url=self.url, timeout=2) as client:
            while True:
                answer = "no answer"
                with suppress(httpx.HTTPError):
                    response = await client.get("/ready")
                    if response.status_code == 200:
                        return
                    answer = response.text
                if self._child.returncode is not None or time.monotonic() > deadline:
                    await self.kill()
                    raise AssertionError(f"{self.name} is not ready: {answer}\n{self.output()[-4000:]}")
                await asyncio.sleep(0.05)

    async def stop(self, seconds: float = 20.0) -> int:
        """SIGTERM, as the supervisor does; return the exit code."""
        return await self._child.stop((signal.SIGTERM, seconds)) if self._child else 0

    async def kill(self) -> None:
        """SIGKILL."""
        if self._child:
            await self._child.kill()

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""


async def start_service(
    name: str,
    environment: Mapping[str, str],
    *,
    log: Path | None = None,
    ready_within_seconds: float | None = 90.0,
) -> ServiceProcess:
    """Start a service with DATABASE_URL, NATS_URL and what else `environment` sets, on a free port."""
    where = log or Path(tempfile.mkdtemp(prefix="dutyclock-test-")) / f"{name}.log"
    return await ServiceProcess(name, environment, where).start(ready_within_seconds=ready_within_seconds)


async def _host(folder: Path) -> None:
    """Run the servers until SIGTERM, and leave nothing behind."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    if os.environ.get("TEST_BACKEND") == "docker":
        from tests.containers import engine_answers, run_containers

        if engine_answers():
            with run_containers(ACCOUNTS) as (postgres_url, nats_urls):
                _announce(folder, postgres_url, nats_urls)
                await stopped.wait()
            return
        print("TEST_BACKEND=docker, but no engine answers; using the embedded servers", flush=True)
    postgres = EmbeddedPostgres(folder, durable=False, settings={"max_connections": "300"})
    nats = EmbeddedNats(folder, durable=False, isolated_accounts=ACCOUNTS)
    try:
        await asyncio.gather(postgres.start(), nats.start())
        _announce(
            folder, postgres.url_for("postgres"), [nats.url_for(name) for name in account_names(ACCOUNTS)]
        )
        await stopped.wait()
    finally:
        await asyncio.gather(nats.stop(), postgres.stop())


def _announce(folder: Path, postgres_url: str, nats_urls: list[str]) -> None:
    passwords = {service: secrets.token_urlsafe(12) for service in PROCESSES}
    record = {"postgres_url": postgres_url, "nats_urls": nats_urls, "role_passwords": passwords}
    draft = folder / "ready.json.new"
    draft.write_text(json.dumps(record), "utf-8")
    draft.replace(folder / "ready.json")


def main() -> None:
    folder = Path(sys.argv[1])
    try:
        asyncio.run(_host(folder))
    except BaseException:
        (folder / "failed").touch()
        raise
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
