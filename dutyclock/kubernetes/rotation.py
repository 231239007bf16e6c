"""Rotation of an installation's secrets in a cluster: what it holds is read, changed, and given back.

What may be made anew and how is that of containers (`dutyclock/containers/rotation.py`); certificates are
cert-manager's. Nothing is written to a disk.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from dutyclock.containers.rotation import Renewable, forget, with_sealing_keys
from dutyclock.embedded.nats import ADMINISTRATOR
from dutyclock.kubernetes.secrets import completed, secrets_of
from dutyclock.services import SERVICES
from dutyclock.terminal import CannotStart

OF_CERT_MANAGER = frozenset({Renewable.CERTIFICATES, Renewable.AUTHORITY})


def made_anew(
    held: Mapping[str, Any],
    what: Sequence[Renewable],
    *,
    add: str | None = None,
    front: str | None = None,
    drop: str | None = None,
) -> dict[str, Any]:
    """Return the List of all Secrets, some of them changed, from the List that `kubectl get` printed.

    `add` (`id:base64`), `front` and `drop` are sealing keys, as in containers. Raises CannotStart where
    something is missing, for what cert-manager makes, and for a sealing key that cannot be changed so.
    """
    if of_others := OF_CERT_MANAGER & set(what):
        raise CannotStart("renewed-by-cert-manager", what=", ".join(sorted(of_others)))
    namespace, entries = _read(held)
    record = _record_of(entries)
    for one in what:
        forget(record, one)
    if add or front or drop:
        record["sealing_keys"] = with_sealing_keys(record["sealing_keys"], add=add, front=front, drop=drop)
    return secrets_of(completed(record), namespace)


def _read(held: Mapping[str, Any]) -> tuple[str, dict[str, dict[str, str]]]:
    """Return the namespace and each Secret's entries."""
    try:
        entries = {
            item["metadata"]["name"]: {
                name: base64.b64decode(value, validate=True).decode("utf-8")
                for name, value in item.get("data", {}).items()
            }
            for item in held["items"]
            if item["metadata"]["labels"]["app.kubernetes.io/part-of"] == "dutyclock"
        }
        (namespace,) = {item["metadata"]["namespace"] for item in held["items"]}
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        raise CannotStart("secrets-unreadable") from None
    return namespace, entries


def _record_of(entries: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return what the Secrets follow from; what a later version added is not in it, and is made."""
    try:
        operator = entries["operator"]
        users = {name: _password(entries[name]["nats_url"]) for name in SERVICES}
        record: dict[str, Any] = {
            "secret_key": operator["dutyclock_secret_key"],
            "former_secret_keys": operator.get("dutyclock_former_secret_keys", "").split(),
            "sealing_keys": operator["dutyclock_sealing_keys"],
            "postgres_password": entries["postgres-owner"]["password"],
            "role_passwords": json.loads(operator["role_passwords.json"]),
            "nats_passwords": {ADMINISTRATOR: _password(operator["nats_url"]), **users},
            "system_alerts_key": entries["alertmanager"]["system-alerts-key"],
        }
    except (KeyError, ValueError):
        raise CannotStart("secrets-unreadable") from None
    watchdog = entries.get("watchdog", {})
    found = {"watchdog_token": watchdog.get("watchdog-token"), "channels": watchdog.get("channels")}
    return record | {name: value for name, value in found.items() if value}


def _password(urls: str) -> str:
    """Return the password of the first address of several."""
    password = urlsplit(re.split(",", urls)[0]).password
    if not password:
        raise ValueError
    return unquote(password)
