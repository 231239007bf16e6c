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
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from dutyclock.embedded.accounts import Account, account_for, can_reach
from dutyclock.embedded.binaries import (
    PostgresBinaries,
    find_postgres,
    make_runtime_directory,
    reachable_postgres,
)
from dutyclock.embedded.processes import Child, free_port, last_words, port_is_free, spawn
from dutyclock.embedded.records import read_record, write_record
from dutyclock.failure import CannotStart

ADMINISTRATOR = "dutyclock"
DATABASE = "dutyclock"
START_SECONDS = 60.0  # a recovery after a crash reads up to max_wal_size of WAL first
STOP_SECONDS = 20.0
INSIDE = Path("/proc/self/cwd")

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
                raise CannotStart(
                    f"PostgreSQL cannot use {self._state}: {problem.strerror or problem}."
                ) from problem
            raise

    async def _start(self) -> None:
        self._state.mkdir(parents=True, exist_ok=True)
        record = read_record(self._record_file)
        if record.get("runtime"):
            shutil.rmtree(record["runtime"], ignore_errors=True)  # left by a start that was killed
        account = account_for(self._data)
        self._password = record.get("password") or secrets.token_urlsafe(24)
        self._port = self._choose_port(record.get("port"))
        self._runtime = make_runtime_directory(account)
        self._runtime_lock = _hold(self._runtime)
        write_record(
            self._record_file, {"password": self._password, "port": self._port, "runtime": str(self._runtime)}
        )
        binaries = reachable_postgres(self._binaries or find_postgres(), account, self._runtime)
        if not self._data.exists():
            self._make_cluster(binaries, account)
        await _clear_former_server(self._data)
        self._child = self._spawn(binaries, account)
        await self._until_ready()
        await self._ensure_database()

    def _choose_port(self, remembered: int | None) -> int:
        if self._demanded_port:
            if not port_is_free(self._demanded_port):
                raise CannotStart(
                    f"Port {self._demanded_port} for PostgreSQL is already in use on 127.0.0.1."
                )
            return self._demanded_port
        return remembered if remembered and port_is_free(remembered) else free_port()

    def _make_cluster(self, binaries: PostgresBinaries, account: Account | None) -> None:
        """Run initdb beside the final folder and rename it when done: half a cluster is not taken for one."""
        draft = self._data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        assert self._runtime is not None
        secret = self._runtime / "password"
        secret.touch(mode=0o600)
        secret.write_text(self._password, "ascii")
        if account is not None:
            os.chown(draft, account.uid, account.gid)
            os.chown(secret, account.uid, account.gid)
        command = [
            binaries.initdb,
            "-D",
            _name_for(draft, account),
            "-U",
            ADMINISTRATOR,
            f"--pwfile={secret}",
        ]
        command += ["-A", "scram-sha-256", "--data-checksums", "--encoding=UTF8", "--no-instructions"]
        # The locale comes with PostgreSQL: sorting does not change with the system under an index.
        command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--lc-messages=C"]
        command += [] if self._durable else ["--no-sync"]
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            capture_output=True,
            env=self._environment(),
            cwd=draft,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        secret.unlink()
        if done.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
            told = next(
                (line for line in lines if "error" in line or "FATAL" in line),
                lines[-1] if lines else "no reason given",
            )
            raise CannotStart(f"PostgreSQL could not make its cluster in {self._data}: {told.strip()}")
        draft.rename(self._data)

    def _spawn(self, binaries: PostgresBinaries, account: Account | None) -> Child:
        assert self._runtime is not None
        settings = {**self._settings, "port": str(self._port), "unix_socket_directories": str(self._runtime)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return spawn(
            "postgres",
            [binaries.postgres, "-D", _name_for(self._data, account), *options],
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
        while not _says_ready(self._data):
            if self.child.returncode is not None:
                raise CannotStart(f"PostgreSQL did not start: {last_words(self._log)} ({self._log})")
            if loop.time() > deadline:
                raise CannotStart(
                    f"PostgreSQL was not ready within {START_SECONDS:.0f} seconds; see {self._log}."
                )
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


def _name_for(folder: Path, account: Account | None) -> str:
    """How the server's account can name `folder`, in which it is started."""
    if account is None or can_reach(folder, account):
        return str(folder)
    if not sys.platform.startswith("linux"):
        raise CannotStart(
            f"{folder} lies in a folder that only root may enter; start as an ordinary user, "
            "or name another folder with --state."
        )
    return str(INSIDE)


def _hold(folder: Path) -> int:
    """Lock a temporary folder as in use: systemd-tmpfiles leaves it alone then, however old it gets."""
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _says_ready(data: Path) -> bool:
    """Whether the server says that it answers: in the eighth line of its pid file, as pg_ctl reads it."""
    try:
        lines = (data / "postmaster.pid").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


async def _clear_former_server(data: Path) -> None:
    """Wait for the processes of a killed server to end, and remove its pid file.

    PostgreSQL takes a stale file for a running server when the process id has been given to anybody else of
    its account, which after a restart of the machine or inside a container is likely. We hold the state
    folder's lock, so only processes that work in `data` matter."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    loop = asyncio.get_running_loop()
    deadline = loop.time() + STOP_SECONDS
    while remaining := _processes_in(data):
        late = loop.time() > deadline
        for process in remaining:
            try:
                process.send_signal(signal.SIGQUIT if late else signal.SIGINT)
            except psutil.Error:
                continue
        if loop.time() > deadline + 5:
            raise CannotStart(
                f"A former PostgreSQL (process {remaining[0].pid}) still uses {data} and does not end."
            )
        await asyncio.sleep(0.1)
    pid_file.unlink(missing_ok=True)


def _processes_in(data: Path) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["name", "cwd"]):
        if process.info["name"] == "postgres" and process.info["cwd"] == str(data):
            found.append(process)
    return found
