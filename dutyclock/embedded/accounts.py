"""The unprivileged account that PostgreSQL runs as when we are root: it refuses to run as root itself."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dutyclock.terminal import CannotStart


@dataclass(frozen=True, slots=True)
class Account:
    """An existing user of the system; none is ever added."""

    uid: int
    gid: int
    name: str


def account_for(data: Path) -> Account | None:
    """Who shall own `data` and run its server: ourselves (None), or as root its owner, or else nobody.

    An ordinary user's data, started by root for once, stays that user's data.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return _account(pwd.getpwuid(owner))
    for name in ("nobody", "daemon"):
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise CannotStart("no-unprivileged-account")


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)


def can_reach(path: Path, account: Account) -> bool:
    """Whether `account` may read `path`, tried for real: mode bits do not tell of access lists."""
    probe = subprocess.run(
        ["/bin/sh", "-c", 'test -r "$0" && { test ! -d "$0" || test -x "$0"; }', str(path)],
        check=False,
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        stderr=subprocess.DEVNULL,
    )
    return probe.returncode == 0
