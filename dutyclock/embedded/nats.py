"""NATS with JetStream as a child of this process, its store in the state folder.

Every service has a user of its own that may publish its own events only; the administrator may do everything.
"""

import asyncio
import json
import os
import secrets
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from dutyclock.embedded.binaries import find_nats_server
from dutyclock.embedded.processes import Child, choose_port, last_words, spawn
from dutyclock.embedded.records import read_record, write_record
from dutyclock.embedded.subtree_accounts import read_passwords, with_subtrees
from dutyclock.services import SERVICES
from dutyclock.terminal import CannotStart

ADMINISTRATOR = "dutyclock"
START_SECONDS = 30.0  # a large store is checked before the server answers
STOP_SECONDS = 10.0
MEMORY_LIMIT = "1GiB"
"""Go's memory limit: a server whose heap comes near it does little but collect garbage (record 62)."""
MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
READING = ("INFO", "STREAM.NAMES", "STREAM.LIST", "STREAM.INFO.>", "STREAM.MSG.GET.>", "DIRECT.GET.>")
LISTENING = ("CREATE.>", "DURABLE.CREATE.>", "INFO.>", "NAMES.>", "LIST.>", "MSG.NEXT.>")
"""What a service asks of JetStream: to read, and to listen in places of its own."""


class EmbeddedNats:
    """One server and its store in `state`/nats; the caller holds the lock of the state folder.

    Passwords and port are made once and remembered in `state`/nats.json. `port` is demanded when given.
    `durable=False` flushes every two minutes instead of before each acknowledgement: for tests only.
    `isolated_accounts` adds that many accounts test0, test1, …, each with streams of its own."""

    def __init__(
        self,
        state: Path,
        *,
        log: Path | None = None,
        port: int | None = None,
        monitoring_port: int | None = None,
        durable: bool = True,
        services: Sequence[str] = (),
        isolated_accounts: int = 0,
    ) -> None:
        self._state = state.resolve()
        self._log = log or self._state / "logs" / "nats.log"
        self._demanded_port = port
        self._monitoring_port = monitoring_port
        self._durable = durable
        self._services = tuple(services)
        self._isolated_accounts = isolated_accounts
        self._record_file = self._state / "nats.json"
        self._pid_file = self._state / "nats.pid"
        self._child: Child | None = None
        self._passwords: dict[str, str] = {}
        self._port = 0

    @property
    def url(self) -> str:
        """The administrator's address; it holds the password."""
        return self.url_for(ADMINISTRATOR)

    def url_for(self, user: str) -> str:
        return f"nats://{user}:{self._passwords[user]}@127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    @property
    def child(self) -> Child:
        if self._child is None:
            raise RuntimeError("NATS has not been started")
        return self._child

    async def start(self) -> None:
        """Return once JetStream answers. Raises CannotStart and leaves nothing running."""
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
        self._passwords = dict(record.get("passwords") or {})
        for user in (ADMINISTRATOR, *self._services, *account_names(self._isolated_accounts)):
            self._passwords.setdefault(user, secrets.token_urlsafe(24))
        await _clear_former_server(self._pid_file)
        self._port = choose_port("NATS", "--nats-port", self._demanded_port, record.get("port"))
        write_record(self._record_file, {"passwords": self._passwords, "port": self._port})
        configuration = self._state / "nats.conf"
        settings = server_settings(
            f"127.0.0.1:{self._port}",
            str(self._state / "nats"),
            self._passwords,
            self._services,
            durable=self._durable,
        )
        settings["pid_file"] = str(self._pid_file)
        if self._monitoring_port:
            settings["http"] = f"127.0.0.1:{self._monitoring_port}"
        settings["accounts"] = with_subtrees(settings["accounts"], read_passwords(self._state))
        write_record(configuration, settings)
        self._child = spawn(
            "nats",
            [find_nats_server(), "-c", configuration],
            log=self._log,
            environment={
                "PATH": "/usr/bin:/bin",
                "HOME": str(self._state),
                "TZ": "UTC",
                "GOMEMLIMIT": MEMORY_LIMIT,
            },
            on_parent_death=signal.SIGTERM,
        )
        await self._until_ready()
        self._demanded_port = (
            self._port
        )  # whoever was given the address keeps it when the server is started again

    async def _until_ready(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_SECONDS
        while not await _answers_with_jetstream(self._port):
            if self.child.returncode is not None:
                said = last_words(self._log)
                raise CannotStart("server-did-not-start", what="NATS", reason=said, log=self._log)
            if loop.time() > deadline:
                seconds = int(START_SECONDS)
                raise CannotStart("server-not-ready", what="NATS", seconds=seconds, log=self._log)
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Flush and end. Without effect when it does not run."""
        if self._child is not None:
            await self._child.stop((signal.SIGTERM, STOP_SECONDS))
            self._child = None

    async def kill(self) -> None:
        """SIGKILL, as a crash would."""
        await self.child.kill()
        self._child = None


def server_settings(
    listen: str, store: str, passwords: Mapping[str, str], services: Sequence[str], *, durable: bool
) -> dict[str, Any]:
    """The server's settings; JSON is a subset of its own format, and quotes what a password may hold.

    Users who are neither the administrator nor a service get an account and streams of their own.
    """
    jetstream = {"store_dir": store, **({"sync_interval": "always"} if durable else {})}
    people: list[dict[str, Any]] = [{"user": ADMINISTRATOR, "password": passwords[ADMINISTRATOR]}]
    for name in services:
        people.append({"user": name, "password": passwords[name], "permissions": permissions_of(name)})
    accounts = {"DUTYCLOCK": {"jetstream": "enabled", "users": people}}
    for name in passwords.keys() - {ADMINISTRATOR, *services}:
        users = [{"user": name, "password": passwords[name]}]
        accounts[name.upper()] = {"jetstream": "enabled", "users": users}
    return {
        "server_name": "dutyclock",
        "listen": listen,
        "max_payload": MAX_PAYLOAD_BYTES,
        "max_pending": 64 * 1024 * 1024,
        "logtime_utc": True,
        "lame_duck_duration": "30s",
        "jetstream": jetstream,
        "accounts": accounts,
    }


def permissions_of(service: str) -> Mapping[str, Any]:
    """A service publishes its own events and listens; no stream is ended, emptied, changed or replaced by it.

    It may make the four streams where they are not there, and lets go of places in its own stream only. A
    changed stream could send its messages on in another service's name, or forget them at once.
    """
    asked = [
        *READING,
        *(f"STREAM.CREATE.{owner.upper()}" for owner in SERVICES),
        *(f"CONSUMER.{order}" for order in LISTENING),
        f"CONSUMER.DELETE.{service.upper()}.>",
    ]
    return {
        "publish": {
            "allow": [
                f"{service}.>",
                *(f"$JS.API.{one}" for one in asked),
                "$JS.ACK.>",
                "$JS.FC.>",
                "_INBOX.>",
            ]
        },
        "subscribe": {"allow": [">"]},
    }


def account_names(count: int) -> list[str]:
    return [f"test{number}" for number in range(count)]


async def _answers_with_jetstream(port: int) -> bool:
    """Whether the greeting on `port` says that JetStream is on; it comes once the streams are restored."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        greeting = await asyncio.wait_for(reader.readline(), 2)
    except TimeoutError:
        return False
    finally:
        writer.close()
    if not greeting.startswith(b"INFO "):
        return False
    return bool(json.loads(greeting[5:]).get("jetstream"))


async def _clear_former_server(pid_file: Path) -> None:
    """Wait for a former server to end: two on one store would spoil it, and nothing prevents that."""
    pid = _read_pid(pid_file)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + STOP_SECONDS
    while pid and _is_nats(pid):
        os.kill(pid, signal.SIGKILL if loop.time() > deadline else signal.SIGTERM)
        await asyncio.sleep(0.1)


def _read_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return None


def _is_nats(pid: int) -> bool:
    try:
        return "nats" in psutil.Process(pid).name()
    except psutil.Error:
        return False
