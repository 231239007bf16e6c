"""The secrets of an installation in containers: made once, and written anew into a folder for each party.

record.json      what is made once and must never be lost: passwords, keys that sign and seal
authority/       the key that signs certificates; no container ever sees it
<party>/         what one container may see, mounted as /run/secrets: addresses, certificate, keys
"""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dutyclock.containers.authority import Certificate, issue, make_authority, still_good
from dutyclock.containers.secret_files import FORMER_DATABASE_URL
from dutyclock.embedded.nats import ADMINISTRATOR, server_settings
from dutyclock.embedded.records import read_record, write_record
from dutyclock.embedded.subtree_accounts import read_passwords, with_subtrees
from dutyclock.provision import role_name
from dutyclock.services import AUDITOR, PROCESSES, SERVICES
from dutyclock.supervisor.state import new_keys
from services.alerts.gateways.channels import LOG
from shared.api_keys import new_key

DATABASE = "dutyclock"
MOUNTED = "/run/secrets"
AUTHORITY_FILE = f"{MOUNTED}/ca.crt"
NATS_STORE = "/data"
OF_ALERTMANAGER = {"name": "alertmanager", "scopes": ["system-alerts:write"]}
"""The key by which alerts of the platform itself reach the IT officer on duty."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
OPERATOR = "operator"
WATCHDOG = "watchdog"
ANY_SERVICE = "dutyclock"
"""In every service's certificate, for Prometheus: it finds them by address, which no certificate holds."""

ACCOUNT_OF_OURS = 10001
ACCOUNTS: Mapping[str, int] = {
    **dict.fromkeys((*PROCESSES, WATCHDOG, OPERATOR, "nats", "proxy"), ACCOUNT_OF_OURS),
    "postgres": 0,  # read before it changes to its own user, whose number differs between images
    "prometheus": 65534,
    "alertmanager": 65534,
    "grafana": 472,
}
"""Whose files each party's are: the user that its container runs as."""
SERVERS = (*PROCESSES, WATCHDOG, "nats", "postgres", "proxy", "prometheus", "alertmanager", "grafana")
EDITED = frozenset({"channels"})
"""Written once: somebody changes it by hand."""


@dataclass(frozen=True, slots=True)
class SecretFolders:
    """The folder of all secrets; `names` are those under which people and systems reach the proxy."""

    folder: Path
    names: Sequence[str] = ()
    postgres_tls: bool = True
    """False only for an image of PostgreSQL that was built without TLS."""

    def write(self, *, now: datetime, owned: bool) -> None:
        """Make what is missing and write everything anew that follows from it.

        `owned` gives each party's files to the account of its container, which takes root. Raises
        CannotStart when what was made before cannot be read.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)  # one may go through it to `ca.crt`, and see nothing else
        record = self._record()
        authority = self._authority(now)
        for party in ACCOUNTS:
            files = {"ca.crt": authority.certificate}
            if party in SERVERS:
                files |= self._certificate(party, authority, now)
            files |= {name: text.encode() for name, text in self._texts(party, record).items()}
            _fill(self.folder / party, files, ACCOUNTS[party] if owned else None)

    def _record(self) -> dict[str, Any]:
        path = self.folder / "record.json"
        known = read_record(path)
        users = (ADMINISTRATOR, *SERVICES)
        record = {
            **new_keys(),
            "former_secret_keys": [],
            "postgres_password": secrets.token_urlsafe(24),
            "former_postgres_password": None,
            "grafana_password": secrets.token_urlsafe(24),
            "system_alerts_key": new_key(),
            "watchdog_token": secrets.token_urlsafe(32),
            **known,
            "role_passwords": _passwords(PROCESSES, known.get("role_passwords")),
            "nats_passwords": _passwords(users, known.get("nats_passwords")),
        }
        if record != known:
            write_record(path, record)
        return record

    def _authority(self, now: datetime) -> Certificate:
        folder = self.folder / "authority"
        certificate, key = folder / "ca.crt", folder / "ca.key"
        if not certificate.exists() or not key.exists():
            made = make_authority("Dutyclock", now=now)
            _fill(folder, {"ca.key": made.key, "ca.crt": made.certificate}, None)
        authority = Certificate(certificate.read_bytes(), key.read_bytes())
        public = self.folder / "ca.crt"  # for whoever calls: it proves, and opens nothing
        public.write_bytes(authority.certificate)
        public.chmod(0o644)
        return authority

    def _certificate(self, party: str, authority: Certificate, now: datetime) -> dict[str, bytes]:
        certificate, key = self.folder / party / "tls.crt", self.folder / party / "tls.key"
        names = list(dict.fromkeys((party, *self._further_names(party), *LOOPBACK)))
        if certificate.exists() and key.exists():
            made = certificate.read_bytes()
            if still_good(authority.certificate, made, names, now=now):
                return {"tls.crt": made, "tls.key": key.read_bytes()}
        issued = issue(authority, names, now=now)
        return {"tls.crt": issued.certificate, "tls.key": issued.key}

    def _further_names(self, party: str) -> Sequence[str]:
        if party == "proxy":
            return self.names
        return (ANY_SERVICE,) if party in PROCESSES else ()

    def _texts(self, party: str, record: Mapping[str, Any]) -> dict[str, str]:
        keys = {
            "dutyclock_secret_key": record["secret_key"],
            "dutyclock_former_secret_keys": "\n".join(record["former_secret_keys"]),
            "dutyclock_sealing_keys": record["sealing_keys"],
        }
        roles: Mapping[str, str] = record["role_passwords"]
        users: Mapping[str, str] = record["nats_passwords"]
        if party in PROCESSES:
            user = None if party == AUDITOR else party
            database_url = self._database_url(role_name(DATABASE, party), roles[party])
            return {**keys, "database_url": database_url, "nats_url": _nats_url(user, users)}
        if party == OPERATOR:
            return {
                **keys,
                "database_url": self._database_url(DATABASE, record["postgres_password"]),
                "nats_url": _nats_url(ADMINISTRATOR, users),
                "role_passwords.json": json.dumps(roles),
                "keys.json": json.dumps([{**OF_ALERTMANAGER, "key": record["system_alerts_key"]}]),
                FORMER_DATABASE_URL: self._former_url(record["former_postgres_password"]),
            }
        if party == WATCHDOG:
            return {"watchdog-token": record["watchdog_token"], "channels": f"{LOG}:\n"}
        if party == "alertmanager":
            return {
                "system-alerts-key": record["system_alerts_key"],
                "watchdog-token": record["watchdog_token"],
            }
        if party == "nats":
            return {"nats.conf": json.dumps(self._bus(users), indent=1)}
        if party in ("postgres", "grafana"):
            return {"password": record[f"{party}_password"]}
        return {}

    def _former_url(self, password: str | None) -> str:
        return self._database_url(DATABASE, password) if password else ""

    def _database_url(self, user: str, password: str) -> str:
        tls = f"sslmode=verify-full&sslrootcert={AUTHORITY_FILE}" if self.postgres_tls else "sslmode=disable"
        return f"postgresql://{user}:{password}@postgres:5432/{DATABASE}?{tls}"

    def _bus(self, users: Mapping[str, str]) -> dict[str, Any]:
        """The settings of NATS, permissions included, from where `dutyclock up` has them too."""
        settings = server_settings("0.0.0.0:4222", NATS_STORE, users, SERVICES, durable=True)
        settings["accounts"] = with_subtrees(settings["accounts"], read_passwords(self.folder))
        settings["http"] = "127.0.0.1:8222"  # for the health check inside the container alone
        settings["tls"] = {"cert_file": f"{MOUNTED}/tls.crt", "key_file": f"{MOUNTED}/tls.key"}
        return settings


def _passwords(names: Sequence[str], known: Mapping[str, str] | None) -> dict[str, str]:
    return {name: (known or {}).get(name) or secrets.token_urlsafe(24) for name in names}


def _nats_url(user: str | None, passwords: Mapping[str, str]) -> str:
    account = f"{user}:{passwords[user]}@" if user else ""
    return f"tls://{account}nats:4222"


def _fill(folder: Path, files: Mapping[str, bytes], account: int | None) -> None:
    """Write files that only their account may read; what has not changed is left alone."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)  # the engine may have made it, open to everybody
    for name, content in files.items():
        path = folder / name
        if not path.exists() or (path.read_bytes() != content and name not in EDITED):
            draft = folder / f".{name}.new"
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            draft.replace(path)
        if account is not None:
            os.chown(path, account, account)
    if account is not None:
        os.chown(folder, account, account)
