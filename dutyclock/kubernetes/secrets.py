"""The secrets of an installation in a cluster, made once: passwords, and keys that sign and that seal.

Each is a Secret whose entries are files of a pod, named as a service's settings look for them. Certificates
are not among them: cert-manager and CloudNativePG make and renew those. Nothing is written to a disk.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from dutyclock.containers.secret_folders import OF_ALERTMANAGER
from dutyclock.embedded.nats import ADMINISTRATOR
from dutyclock.kubernetes.nats_configuration import (
    CLIENT_PORT,
    HOSTS,
    PASSWORDS_FILE,
    USERS,
    password_variable,
)
from dutyclock.provision import role_name
from dutyclock.services import AUDITOR, PROCESSES
from dutyclock.supervisor.state import new_keys
from services.alerts.gateways.channels import LOG
from shared.api_keys import new_key

DATABASE = OWNER = "dutyclock"
DATABASE_PLACE = f"postgres-rw:5432/{DATABASE}?sslmode=verify-full&sslrootcert=/run/secrets/postgres-ca.crt"

_FURTHER_LABELS: Mapping[str, Mapping[str, str]] = {
    "postgres-owner": {"cnpg.io/reload": "true"}  # CloudNativePG sets a password that was changed at once
}

Record = Mapping[str, Any]
"""What is made once, under the names that an installation in containers gives it in its `record.json`."""


def make_secrets(namespace: str) -> dict[str, Any]:
    """Return a List of new Secrets; `kubectl create` takes it once, and refuses what is there already."""
    return secrets_of(completed({}), namespace)


def completed(known: Record) -> dict[str, Any]:
    """Return a record with everything that it lacks made."""
    return {
        **new_keys(),
        "former_secret_keys": [],
        "postgres_password": secrets.token_urlsafe(24),
        "system_alerts_key": new_key(),
        "watchdog_token": secrets.token_urlsafe(32),
        "channels": f"{LOG}:\n",
        **known,
        "role_passwords": _passwords(PROCESSES, known.get("role_passwords")),
        "nats_passwords": _passwords(USERS, known.get("nats_passwords")),
    }


def _passwords(names: Sequence[str], known: Mapping[str, str] | None) -> dict[str, str]:
    return {name: (known or {}).get(name) or secrets.token_urlsafe(24) for name in names}


def secrets_of(record: Record, namespace: str) -> dict[str, Any]:
    """Return all Secrets that follow from a record, as a List."""
    roles, users, owner = record["role_passwords"], record["nats_passwords"], record["postgres_password"]
    keys = {
        "dutyclock_secret_key": record["secret_key"],
        "dutyclock_former_secret_keys": "\n".join(record["former_secret_keys"]),  # one a line
        "dutyclock_sealing_keys": record["sealing_keys"],
    }
    found = {process: {**keys, **_addresses(process, roles[process], users)} for process in PROCESSES}
    found["operator"] = {
        **keys,
        "database_url": f"postgresql://{OWNER}:{owner}@{DATABASE_PLACE}",
        "nats_url": nats_url(ADMINISTRATOR, users[ADMINISTRATOR]),
        "role_passwords.json": json.dumps(roles),
        "keys.json": json.dumps([{**OF_ALERTMANAGER, "key": record["system_alerts_key"]}]),
    }
    found["alertmanager"] = {
        "system-alerts-key": record["system_alerts_key"],
        "watchdog-token": record["watchdog_token"],
    }
    found["watchdog"] = {"watchdog-token": record["watchdog_token"], "channels": record["channels"]}
    found["postgres-owner"] = {"username": OWNER, "password": owner}
    found["nats-passwords"] = {PASSWORDS_FILE: _passwords_file(users)}
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [_secret(name, namespace, entries) for name, entries in found.items()],
    }


def nats_url(user: str | None, password: str = "") -> str:
    """Return the three servers, each with the account, or without one."""
    account = f"{user}:{password}@" if user else ""
    return ",".join(f"tls://{account}{host}:{CLIENT_PORT}" for host in HOSTS)


def _addresses(process: str, password: str, users: Mapping[str, str]) -> dict[str, str]:
    user = None if process == AUDITOR else process  # it has nothing to say on the bus
    return {
        "database_url": f"postgresql://{role_name(DATABASE, process)}:{password}@{DATABASE_PLACE}",
        "nats_url": nats_url(user, users[user] if user else ""),
    }


def _passwords_file(users: Mapping[str, str]) -> str:
    return "".join(f'{password_variable(user)}: "{password}"\n' for user, password in users.items())


def _secret(name: str, namespace: str, entries: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/basic-auth" if name == "postgres-owner" else "Opaque",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/part-of": "dutyclock", **_FURTHER_LABELS.get(name, {})},
        },
        "stringData": dict(entries),
    }
