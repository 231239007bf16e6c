"""The configuration of the three NATS servers: accounts and permissions are those of every installation.

One file serves all three: each is told its name in POD_NAME and its disk in STORE_FOLDER. Passwords come from
`passwords.conf` beside it, certificates from `tls/` in the folder in which the server is started.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dutyclock.embedded.nats import ADMINISTRATOR, MAX_PAYLOAD_BYTES, permissions_of
from dutyclock.services import SERVICES

SERVERS = 3
CLIENT_PORT, ROUTE_PORT, MONITORING_PORT = 4222, 6222, 8222
HOSTS = tuple(f"nats-{number}.nats" for number in range(SERVERS))
PASSWORDS_FILE = "passwords.conf"  # its name
USERS = (ADMINISTRATOR, *SERVICES)

_HEAD = """\
# Written by `dutyclock documents` from the permissions in the code; change it there.
# The administrator is for people and commands; a service publishes its own events and destroys no stream.
"""


def password_variable(user: str) -> str:
    """Return the name under which `passwords.conf` holds a user's password."""
    return f"PASSWORD_OF_{user.upper()}"


def nats_configuration() -> str:
    """Return the file, in the server's own format."""
    certificates = {"cert_file": "tls/tls.crt", "key_file": "tls/tls.key", "ca_file": "tls/ca.crt"}
    settings: dict[str, Any] = {
        "server_name": _Variable("POD_NAME"),
        "listen": f"0.0.0.0:{CLIENT_PORT}",
        "https": f"0.0.0.0:{MONITORING_PORT}",  # with the certificate of `tls`
        "max_payload": MAX_PAYLOAD_BYTES,
        "max_pending": 64 * 1024 * 1024,
        "logtime_utc": True,
        "lame_duck_duration": "30s",
        "lame_duck_grace_period": "5s",
        "tls": certificates,
        "jetstream": {"store_dir": _Variable("STORE_FOLDER"), "sync_interval": "always"},
        "cluster": {
            "name": "dutyclock",
            "listen": f"0.0.0.0:{ROUTE_PORT}",
            # Clients are told all servers by name; an address found by gossip would fit no certificate.
            "no_advertise": True,
            "tls": {**certificates, "verify": True},
            "routes": [f"tls://{host}:{ROUTE_PORT}" for host in HOSTS],
        },
        "accounts": {"DUTYCLOCK": {"jetstream": "enabled", "users": [_user(name) for name in USERS]}},
    }
    lines = [f"{name}: {_written(value, 0)}" for name, value in settings.items()]
    return "\n".join([_HEAD, f"include {PASSWORDS_FILE}", *lines, ""])


class _Variable(str):
    """The name of a variable, which the server looks up and which therefore stands without quotes."""

    __slots__ = ()


def _user(name: str) -> Mapping[str, Any]:
    user = {"user": name, "password": _Variable(password_variable(name))}
    return user if name == ADMINISTRATOR else {**user, "permissions": permissions_of(name)}


def _written(value: Any, depth: int) -> str:
    if isinstance(value, _Variable):
        return f"${value}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    inner = "  " * (depth + 1)
    if isinstance(value, Mapping):
        items: Mapping[str, Any] = value
        pieces = [f"{inner}{name}: {_written(one, depth + 1)}" for name, one in items.items()]
        return _within("{}", pieces, depth)
    assert isinstance(value, Sequence)
    members: Sequence[Any] = value
    return _within("[]", [f"{inner}{_written(one, depth + 1)}" for one in members], depth)


def _within(brackets: str, pieces: Sequence[str], depth: int) -> str:
    return "\n".join([brackets[0], ",\n".join(pieces), "  " * depth + brackets[1]])
