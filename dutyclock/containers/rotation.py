"""Rotation of an installation's secrets in containers: what is to be made anew is taken out of the record.

`SecretFolders.write` then makes it, as on the first start, so a command that dies in between does no harm:
the next start goes on. What must still be accepted for a while is kept beside the new one.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from dutyclock.embedded.records import read_record, write_record
from dutyclock.terminal import CannotStart

MOST_FORMER = 20


class Renewable(StrEnum):
    """What can be made anew."""

    DATABASE = "database"
    """The passwords of the services' roles; `dutyclock migrate` sets them."""
    DATABASE_OWNER = "database-owner"
    """The owner's password; `dutyclock migrate` enters with the former one and sets the new one."""
    BUS = "bus"
    """The passwords of the services and of the operator on the bus."""
    SIGNING = "signing"
    """The key of one-tap links and of certificates' codes; former ones are accepted on."""
    ALERTS_KEY = "alerts-key"
    """Alertmanager's API key; the former one is to be revoked."""
    WATCHDOG = "watchdog"
    """The token that Alertmanager shows the watchdog."""
    CERTIFICATES = "certificates"
    """Every server's certificate and private key."""
    AUTHORITY = "authority"
    """The authority itself, and so every certificate."""


_ENTRIES = {
    Renewable.DATABASE: "role_passwords",
    Renewable.BUS: "nats_passwords",
    Renewable.ALERTS_KEY: "system_alerts_key",
    Renewable.WATCHDOG: "watchdog_token",
}


def make_anew(folder: Path, what: Sequence[Renewable]) -> None:
    """Forget what is to be made anew; raises CannotStart when the folder holds no installation yet."""
    path = folder / "record.json"
    record = read_record(path)
    if not record:
        raise CannotStart("no-secrets-yet", folder=folder)
    for one in what:
        forget(record, one)
        if one in (Renewable.CERTIFICATES, Renewable.AUTHORITY):
            for certificate in folder.glob("*/tls.crt"):
                certificate.unlink()
        if one is Renewable.AUTHORITY:
            (folder / "authority" / "ca.crt").unlink(missing_ok=True)
    write_record(path, record)


def forget(record: dict[str, Any], what: Renewable) -> None:
    """Take out of a record what is to be made anew; what must still be accepted is kept beside."""
    if what is Renewable.DATABASE_OWNER:
        record["former_postgres_password"] = record.pop("postgres_password")
    elif what is Renewable.SIGNING:
        former = [record.pop("secret_key"), *record.get("former_secret_keys", [])]
        record["former_secret_keys"] = former[:MOST_FORMER]
    elif what in _ENTRIES:
        record.pop(_ENTRIES[what], None)


def change_sealing_keys(
    folder: Path, *, add: str | None = None, front: str | None = None, drop: str | None = None
) -> None:
    """Add a key (`id:base64`) behind the others, put one in front, or drop a former one, by its id.

    In this order, with a restart of all processes after each: behind, so that everybody can open what it will
    seal; in front, so that it seals; then `dutyclock sealing rotate`, and the former is dropped once `retire`
    says that nothing needs it. Raises CannotStart for a key that is not there, or is there already, and for
    dropping the current one.
    """
    path = folder / "record.json"
    record = read_record(path)
    if not record:
        raise CannotStart("no-secrets-yet", folder=folder)
    record["sealing_keys"] = with_sealing_keys(record["sealing_keys"], add=add, front=front, drop=drop)
    write_record(path, record)


def with_sealing_keys(
    known: str, *, add: str | None = None, front: str | None = None, drop: str | None = None
) -> str:
    """Return sealing keys, in the settings' form, after one of those changes; raises CannotStart likewise."""
    keys = dict(part.split(":", 1) for part in known.split(","))
    if add is not None:
        name, _, key = add.partition(":")
        if name in keys:
            raise CannotStart("sealing-key-known", name=name)
        keys[name] = key
    for name in (front, drop):
        if name is not None and name not in keys:
            raise CannotStart("sealing-key-unknown", name=name, known=", ".join(keys))
    if front is not None:
        keys = {front: keys[front], **keys}
    if drop is not None:
        if drop == next(iter(keys)):
            raise CannotStart("sealing-key-current", name=drop)
        del keys[drop]
    return ",".join(f"{name}:{key}" for name, key in keys.items())
