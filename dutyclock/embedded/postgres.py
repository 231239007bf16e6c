"""PostgreSQL 18 as a child of this process, its cluster in the state folder.

As root the server runs as an unprivileged account. Where that account may not enter a folder above the
cluster, the server is started inside the cluster and knows it as /proc/self/cwd, which needs no way from the
root folder; no folder is ever opened up."""

import asyncio
import fcntl
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from dutyclock.embedded.accounts import Account, account_for
from dutyclock.embedded.binaries import (
    PostgresBinaries,
    find_postgres,
    make_runtime_directory,
    reachable_postgres,
)
from dutyclock.embedded.cluster import clear_former_server, make_cluster, name_for, says_ready
from dutyclock.embedded.processes import Child, choose_port, last_words, spawn
from dutyclock.embedded.records import read_record, write_record
from dutyclock.terminal import CannotStart

ADMINISTRATOR = "dutyclock"
DATABASE = "dutyclock"
START_SECONDS = 60.0  # a recovery after a crash reads up to max_wal_size of WAL first
STOP_SECONDS = 20.0

# For two cores and four services. Every acknowledged commit is on disk (fsync and synchronous_commit keep
# their defaults).
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "min_wal_size": "80MB",
    "wal_compression": "on",
    "checkpoint_timeout": "10min",
    "random_page_cost": "1.1",
    "io_method": "sync",  # no worker processes: our reads are small and come from memory
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_worker_processes": "2",
    "max_logical_replication_workers": "0",
    "autovacuum_naptime": "15s",  # the outbox and the clocks' next steps turn over quickly
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # details would carry the values of refused rows
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "1s",
    # After a crash every file is flushed before the recovery: on Linux in one call instead of one by one.
    **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),
}

# For tests that never pull the plug: nothing waits for a disk.
VOLATILE: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "log_min_duration_statement": "-1",
}


class EmbeddedPostgres:
    """One cluster in `state`/postgres and its server; the caller holds the lock of the state folder.

    Password and port are made once and remembered in `state`/postgres.json. `port` is demanded when given,
    and otherwise remembered or free. `durable=False` skips every flush: for tests only."""

    def __init__(
        self,
        state: Path,
        *,
        log: Path | None = None,
        port: int | None = None,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
        binaries: PostgresBinaries | None = None,
    ) -> None:
        self._state = state.resolve()
        self._log = log or self._state / "logs" / "postgres.log"
        self._demanded_port = port
        self._durable = durable
        self._settings = {**SETTINGS, **({} if durable else VOLATILE), **(settings or {})}
        self._binaries = binaries
        self._data = self._state / "postgres"
        self._record_file = self._state / "postgres.json"
        self._child: Child | None = None
        self._runtime: Path | None = None
        self._runtime_lock: int | None = None
        self._port = 0
        self._password = ""

    @property
    def url(self) -> str:
        """The administrator's address; it holds the password."""
        return self.url_for(DATABASE)

    def url_for(self, database: str, user: str = ADMINISTRATOR, password: str | None = None) -> str:
        return f"postgresql://{user}:{password or self._password}@127.0.0.1:{self._port}/{database}"

    @property
    def port(self) -> int:
        return self._port

    @property
    def child(self) -> Child:
        if self._child is None:
            raise RuntimeError("PostgreSQL has not been started")
        return self._child

    async def start(self) -> None:
        """Return once connections are answered; a first start makes the cluster.

        Raises CannotStart and leaves nothing running.
        """
        try:
            await self._start()
        except BaseException as problem:
            await self.stop()
            if isinstance(problem, OSError):
                reason = problem.strerror or problem
                raise CannotStart("state-unwritable", folder=self._state, reason=reason) from problem
            raise

    async def _start(self) -> None:
        self._state.mkdir(parents=True, exist_ok=True)
        record = read_record(self._record_file)
        if record.get("runtime"):
            shutil.rmtree(record["runtime"], ignore_errors=True)  # left by a start that was killed
        account = account_for(self._data)
        self._password = record.get("password") or secrets.token_urlsafe(24)
        self._port = choose_port("PostgreSQL", "--postgres-port", self._demanded_port, record.get("port"))
        self._runtime = make_runtime_directory(account)
        self._runtime_lock = _hold(self._runtime)
        write_record(
            self._record_file, {"password": self._password, "port": self._port, "runtime": str(self._runtime)}
        )
        binaries = reachable_postgres(self._binaries or find_postgres(), account, self._runtime)
        if not self._data.exists():
            await self._make_cluster(binaries, account, self._runtime)
        await clear_former_server(self._data)
        self._child = self._spawn(binaries, account)
        await self._until_ready()
        await self._ensure_database()
        self._demanded_port = (
            self._port
        )  # whoever was given the address keeps it when the server is started again

    async def _make_cluster(self, binaries: PostgresBinaries, account: Account | None, runtime: Path) -> None:
        await asyncio.to_thread(
            make_cluster,
            self._data,
            binaries,
            account,
            runtime,
            administrator=ADMINISTRATOR,
            password=self._password,
            durable=self._durable,
            environment=self._environment(),
        )

    def _spawn(self, binaries: PostgresBinaries, account: Account | None) -> Child:
        assert self._runtime is not None
        settings = {**self._settings, "port": str(self._port), "unix_socket_directories": str(self._runtime)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return spawn(
            "postgres",
            [binaries.postgres, "-D", name_for(self._data, account), *options],
            log=self._log,
            environment=self._environment(),
            working_directory=self._data,
            account=account,
            on_parent_death=signal.SIGINT,  # fast shutdown: ends the sessions and leaves a clean cluster
        )

    def _environment(self) -> dict[str, str]:
        # Nothing is inherited: PGDATA and the like would change what the server does.
        return {"PATH": "/usr/bin:/bin", "HOME": str(self._runtime), "LC_ALL": "C", "TZ": "UTC"}

    async def _until_ready(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_SECONDS
        while not says_ready(self._data):
            if self.child.returncode is not None:
                said = last_words(self._log)
                raise CannotStart("server-did-not-start", what="PostgreSQL", reason=said, log=self._log)
            if loop.time() > deadline:
                seconds = int(START_SECONDS)
                raise CannotStart("server-not-ready", what="PostgreSQL", seconds=seconds, log=self._log)
            await asyncio.sleep(0.01)

    async def _ensure_database(self) -> None:
        import asyncpg  # here, because the import takes a while and the server starts meanwhile

        connection = await asyncpg.connect(self.url_for("postgres"), ssl=False, timeout=10)
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()

    async def stop(self) -> None:
        """End the sessions, write a checkpoint, end. Without effect when it does not run."""
        if self._child is not None:
            await self._child.stop((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0))
            self._child = None
        self._forget_runtime()

    async def kill(self) -> None:
        """SIGKILL, as a crash would; the next start recovers."""
        await self.child.kill()
        self._child = None
        self._forget_runtime()

    def _forget_runtime(self) -> None:
        if self._runtime is not None:
            shutil.rmtree(self._runtime, ignore_errors=True)
            self._runtime = None
        if self._runtime_lock is not None:
            os.close(self._runtime_lock)
            self._runtime_lock = None


def _hold(folder: Path) -> int:
    """Lock a temporary folder as in use: systemd-tmpfiles leaves it alone then, however old it gets."""
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor
