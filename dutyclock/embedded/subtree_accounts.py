"""Accounts of the bus for other systems: each hears the events of one subtree, and nothing else, ever.

A subtree's account is one of NATS' own, which no other account reaches into. It imports exactly the
subjects of its division; it has streams of its own, so that its system can keep what it hears while it is
away. What it publishes stays within itself.
"""

import os
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dutyclock.embedded.records import read_record, write_record
from dutyclock.services import SERVICES
from shared.divisions import subtree_wildcard

RECORD = "bus-accounts.json"
HOUSE = "DUTYCLOCK"
LIMITS: Mapping[str, Any] = {"max_mem": 0, "max_file": 1024**3, "max_streams": 10, "max_consumers": 100}
"""What a subtree's account may keep in streams of its own."""


def account_of(division: str) -> str:
    """Return what a subtree's account is called."""
    return f"SUBTREE_{division}"


def events_of(division: str) -> list[str]:
    """Return the subjects of a subtree's events, a service each: `testing.*.50.0104.>`.

    Not `*.*.50.0104.>`, which no stream may hold, for JetStream's own subjects fit it.
    """
    return [f"{service}.*.{subtree_wildcard(division)}" for service in SERVICES]


def with_subtrees(accounts: Mapping[str, Any], passwords: Mapping[str, str]) -> dict[str, Any]:
    """Return a server's accounts with those of subtrees beside them; `passwords` by division."""
    kept = {name: account for name, account in accounts.items() if not name.startswith("SUBTREE_")}
    exports = [export for division in sorted(passwords) for export in exports_to(division)]
    house = {name: value for name, value in kept[HOUSE].items() if name != "exports"}
    return {
        **kept,
        HOUSE: {**house, **({"exports": exports} if exports else {})},
        **{account_of(division): subtree_account(division, word) for division, word in passwords.items()},
    }


def exports_to(division: str) -> list[dict[str, Any]]:
    """Return what the house's account lets a subtree's import."""
    return [{"stream": subject, "accounts": [account_of(division)]} for subject in events_of(division)]


def subtree_account(division: str, password: str) -> dict[str, Any]:
    """Return the settings of a subtree's account; its user is called like the division."""
    return {
        "jetstream": dict(LIMITS),
        "users": [{"user": division, "password": password}],
        "imports": [{"stream": {"account": HOUSE, "subject": subject}} for subject in events_of(division)],
    }


def read_passwords(state: Path) -> dict[str, str]:
    """Return the passwords of the subtrees that have an account, by division."""
    return {division: str(password) for division, password in read_record(state / RECORD).items()}


def grant(state: Path, division: str) -> str:
    """Give a subtree an account, or its own a new password, and return the password.

    A server that runs takes it up at once.
    """
    password = secrets.token_urlsafe(24)
    _write(state, {**read_passwords(state), division: password})
    return password


def revoke(state: Path, division: str) -> bool:
    """Take a subtree's account away, connections included; False when it had none."""
    passwords = read_passwords(state)
    if passwords.pop(division, None) is None:
        return False
    _write(state, passwords)
    return True


def _write(state: Path, passwords: Mapping[str, str]) -> None:
    state.mkdir(parents=True, exist_ok=True)
    write_record(state / RECORD, passwords)
    configuration = state / "nats.conf"
    settings = read_record(configuration)
    if settings:
        settings["accounts"] = with_subtrees(settings["accounts"], passwords)
        write_record(configuration, settings)
        _reload(state / "nats.pid")


def _reload(pid_file: Path) -> None:
    """Have a running server read its settings again; one that does not run reads them when it starts."""
    try:
        os.kill(int(pid_file.read_text("ascii")), signal.SIGHUP)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return
