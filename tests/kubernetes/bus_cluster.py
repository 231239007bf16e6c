"""Three NATS servers on loopback, with the file, passwords and kind of certificate that their pods mount.

Only addresses are given on the command line, for here they have one machine.
"""

import asyncio
import ipaddress
import signal
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dutyclock.embedded.binaries import find_nats_server
from dutyclock.embedded.processes import Child, free_port, last_words, spawn
from dutyclock.kubernetes.nats_configuration import SERVERS
from dutyclock.kubernetes.secrets import make_secrets
from shared.bus_address import BusAddress
from tests.kubernetes.manifests import one, workload
from tests.waiting import until

USAGES = {"server auth": ExtendedKeyUsageOID.SERVER_AUTH, "client auth": ExtendedKeyUsageOID.CLIENT_AUTH}


@dataclass
class BusCluster:
    """The servers by name (`nats-0`, …), and how to reach them."""

    folder: Path
    passwords: dict[str, str]
    client_ports: list[int]
    monitoring_ports: list[int]
    route_ports: list[int]
    running: dict[str, Child] = field(default_factory=dict[str, Child])

    def address(self, user: str) -> BusAddress:
        account = f"{user}:{self.passwords[user]}"
        url = ",".join(f"tls://{account}@127.0.0.1:{port}" for port in self.client_ports)
        return BusAddress(url, self.folder / "tls" / "ca.crt", SERVERS)

    def trust(self) -> ssl.SSLContext:
        """What whoever asks for figures must believe in: the authority of the servers."""
        return ssl.create_default_context(cafile=str(self.folder / "tls" / "ca.crt"))

    def monitoring_url(self, number: int) -> str:
        return f"https://127.0.0.1:{self.monitoring_ports[number]}"

    def start(self, number: int) -> None:
        name = f"nats-{number}"
        here = [("-a", "127.0.0.1"), ("-p", str(self.client_ports[number]))]
        here += [("-ms", str(self.monitoring_ports[number]))]
        here += [("--cluster", f"nats://127.0.0.1:{self.route_ports[number]}")]
        here += [("--routes", ",".join(f"tls://127.0.0.1:{port}" for port in self.route_ports))]
        self.running[name] = spawn(
            name,
            [find_nats_server(), "--config", "nats.conf", *(word for pair in here for word in pair)],
            log=self.folder / f"{name}.log",
            environment={
                "PATH": "/usr/bin:/bin",
                "POD_NAME": name,
                "STORE_FOLDER": str(self.folder / name),
                "GOMEMLIMIT": "128MiB",
            },
            working_directory=self.folder,
        )

    async def kill(self, name: str) -> None:
        """SIGKILL: a machine that is gone."""
        await self.running.pop(name).kill()

    async def until_ready(self) -> None:
        """Wait for what the readiness probe of the StatefulSet asks."""
        asked = workload("district", "nats").container["readinessProbe"]["httpGet"]
        path, scheme = asked["path"], asked["scheme"]
        assert scheme == "HTTPS"

        async def ready() -> bool:
            ended = [name for name, child in self.running.items() if child.returncode is not None]
            assert not ended, last_words(self.folder / f"{ended[0]}.log")
            async with httpx.AsyncClient(timeout=5, verify=self.trust()) as client:
                with suppress(httpx.HTTPError):
                    answers = [
                        await client.get(f"{self.monitoring_url(int(name[-1]))}{path}")
                        for name in self.running
                    ]
                    return all(answer.status_code == 200 for answer in answers)
            return False

        await until(ready, seconds=60, every_seconds=0.2, what="three servers that are ready")


@asynccontextmanager
async def a_bus_cluster(folder: Path) -> AsyncGenerator[BusCluster, None]:
    """Start the three and wait until they are one; end them when the block does."""
    cluster = _lay(folder)
    try:
        for number in range(SERVERS):
            cluster.start(number)
        await cluster.until_ready()
        yield cluster
    finally:
        await asyncio.gather(*(child.stop((signal.SIGTERM, 10.0)) for child in cluster.running.values()))


def _lay(folder: Path) -> BusCluster:
    """What the pods find in /etc/nats, and free ports."""
    folder.mkdir(parents=True)
    configuration: str = one("district", "ConfigMap", "nats-configuration")["data"]["nats.conf"]
    (folder / "nats.conf").write_text(configuration, "utf-8")
    made = {item["metadata"]["name"]: item["stringData"] for item in make_secrets("dutyclock")["items"]}
    (folder / "passwords.conf").write_text(made["nats-passwords"]["passwords.conf"], "utf-8")
    write_certificates(folder / "tls", one("district", "Certificate", "nats")["spec"]["usages"])
    ports = _different_ports(3 * SERVERS)
    passwords = {name: _password(made[name]["nats_url"]) for name in ("testing", "reporting")}
    passwords["dutyclock"] = _password(made["operator"]["nats_url"])
    return BusCluster(folder, passwords, ports[:SERVERS], ports[SERVERS:-SERVERS], ports[-SERVERS:])


def _different_ports(count: int) -> list[int]:
    found: dict[int, None] = {}
    while len(found) < count:
        found[free_port()] = None
    return list(found)


def _password(url: str) -> str:
    return url.partition("@")[0].rpartition(":")[2]


def write_certificates(folder: Path, usages: list[str], *names: str) -> None:
    """An authority, and a certificate of it for loopback and `names`, for what the manifest asks."""
    folder.mkdir()
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nats")])
    authority = (
        _builder(authority_name, authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    known: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    known += [x509.DNSName(each) for each in names]
    extended = [USAGES[usage] for usage in usages if usage in USAGES]
    certificate = (
        _builder(name, authority_name, key)
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.ExtendedKeyUsage(extended), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    (folder / "ca.crt").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _builder(name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
