"""Where the bus is: its servers, whose certificates to believe, and how many copies it keeps of a stream."""

import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

_BETWEEN_SERVERS = re.compile(r"\s*,\s*(?=[a-z]+://)")
"""A comma inside a password is none: each server begins with its scheme."""


@dataclass(frozen=True, slots=True)
class BusAddress:
    """What a connection to NATS needs to know.

    `url` may name several servers of a cluster, with commas between them, each with scheme and account.
    """

    url: str
    ca_file: Path | None = None
    """Certificates of the authority that signed the servers' own; the system's where there is none."""
    replicas: int = 1
    """On how many servers each stream is kept; more than one needs a cluster of as many."""

    @property
    def servers(self) -> list[str]:
        """Return the servers one by one; any of them will do."""
        return _BETWEEN_SERVERS.split(self.url.strip())

    @property
    def place(self) -> str:
        """Return hosts and ports for a person to read, without any account."""
        return ", ".join(urlsplit(server).netloc.rpartition("@")[2] for server in self.servers)

    def options(self) -> dict[str, Any]:
        """Return what nats-py needs to reach the servers.

        The account of the first server is given for all: nats-py offers none to servers that it was not
        told of and found through another. Raises OSError when the authority's file cannot be read.
        """
        options: dict[str, Any] = {"servers": self.servers}
        first = urlsplit(self.servers[0])
        if first.username is not None and first.password is not None:
            options |= {"user": first.username, "password": first.password}
        if self.ca_file is not None:
            options["tls"] = ssl.create_default_context(cafile=str(self.ca_file))
        return options


Address: TypeAlias = BusAddress | str
"""A server's address alone is one without an authority of its own and with one copy of each stream."""


def as_bus_address(address: Address) -> BusAddress:
    """Return an address with what goes with it."""
    return BusAddress(address) if isinstance(address, str) else address
