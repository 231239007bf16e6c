"""The state folder: held by one `up` at a time, with the secrets that are made once and remembered."""

import base64
import fcntl
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dutyclock.embedded.records import read_record, write_record
from dutyclock.services import PROCESSES
from dutyclock.terminal import CannotStart

NEEDED_MEGABYTES = 512
"""A fresh cluster and its first WAL take 60 MB; below this a day's work would not fit."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an installation makes on its first start and must never lose."""

    secret_key: str
    sealing_keys: str
    role_passwords: Mapping[str, str]
    first_key: str | None = None


def new_keys() -> dict[str, str]:
    """Return new keys that sign (links, cursors) and that seal what lies at rest, in the settings' form."""
    return {
        "secret_key": secrets.token_urlsafe(48),
        "sealing_keys": new_sealing_key("k1"),
    }


def new_sealing_key(name: str) -> str:
    """Return a new key that seals, in the settings' form."""
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode('ascii')}"


class StateFolder:
    """The folder of one installation, ours alone until `release`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self._addresses = self.folder / "state.json"
        self._secrets = self.folder / "secrets.json"
        self._lock: int | None = None

    def claim(self) -> None:
        """Make the folder if need be and take it; raises CannotStart when it cannot be used."""
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._take_lock(self._lock)
            os.truncate(self._lock, 0)
            os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)
            probe = self.folder / "probe"
            probe.write_bytes(b"\0" * 65_536)
            probe.unlink()
        except OSError as problem:
            self.release()
            reason = problem.strerror or problem
            raise CannotStart("state-unwritable", folder=self.folder, reason=reason) from problem
        free = shutil.disk_usage(self.folder).free // 1_000_000
        if free < NEEDED_MEGABYTES:
            self.release()
            raise CannotStart(
                "state-full", folder=self.folder, free_megabytes=free, needed_megabytes=NEEDED_MEGABYTES
            )

    def _take_lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "?"
            os.close(descriptor)
            self._lock = None
            raise CannotStart("state-in-use", folder=self.folder, pid=holder) from None

    def release(self) -> None:
        """Let another `up` have it; the kernel does the same when we are killed."""
        if self._lock is not None:
            self._addresses.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def secrets(self) -> Secrets:
        """The installation's secrets, made on the first call."""
        record = read_record(self._secrets)
        made: dict[str, Any] = {
            **new_keys(),
            **record,
            "role_passwords": {
                process: record.get("role_passwords", {}).get(process) or secrets.token_urlsafe(24)
                for process in PROCESSES
            },
        }
        if made != record:
            write_record(self._secrets, made)
        return Secrets(**made)

    def remember_first_key(self, key: str) -> None:
        write_record(self._secrets, asdict(self.secrets()) | {"first_key": key})

    def announce(self, database_url: str, nats_url: str, services: Mapping[str, str]) -> None:
        """Tell the other commands where everything runs, as long as it does."""
        record = {
            "pid": os.getpid(),
            "database_url": database_url,
            "nats_url": nats_url,
            "services": dict(services),
        }
        write_record(self._addresses, record)
