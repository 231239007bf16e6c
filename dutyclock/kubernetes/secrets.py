"""The secrets of an installation in a cluster, made once: passwords, and keys that sign and that seal.

Each is a Secret whose entries are files of a pod, named as a service's settings look for them. Certificates
are not among them: cert-manager and CloudNativePG make and renew those. Nothing is written to a disk.
"""

import json
import secrets
from collections.abc import Mapping
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


def make_secrets(namespace: str) -> dict[str, Any]:
    """Return a List of new Secrets; `kubectl create` takes it once, and refuses what is there already."""
    roles = {process: secrets.token_urlsafe(24) for process in PROCESSES}
    users = {user: secrets.token_urlsafe(24) for user in USERS}
    owner = secrets.token_urlsafe(24)
    keys = {f"dutyclock_{name}": value for name, value in new_keys().items()}
    keys["dutyclock_former_secret_keys"] = ""  # none until the first is replaced; one a line
    system_alerts_key = new_key()
    found = {process: {**keys, **_addresses(process, roles[process], users)} for process in PROCESSES}
    found["operator"] = {
        **keys,
        "database_url": f"postgresql://{OWNER}:{owner}@{DATABASE_PLACE}",
        "nats_url": nats_url(ADMINISTRATOR, users[ADMINISTRATOR]),
        "role_passwords.json": json.dumps(roles),
        "keys.json": json.dumps([{**OF_ALERTMANAGER, "key": system_alerts_key}]),
    }
    watchdog_token = secrets.token_urlsafe(32)
    found["alertmanager"] = {"system-alerts-key": system_alerts_key, "watchdog-token": watchdog_token}
    found["watchdog"] = {"watchdog-token": watchdog_token, "channels": f"{LOG}:\n"}
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
            "labels": {"app.kubernetes.io/part-of": "dutyclock"},
        },
        "stringData": dict(entries),
    }
