"""The same servers in containers, for TEST_BACKEND=docker."""

import json
import secrets
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import docker
import docker.errors
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy
from testcontainers.postgres import PostgresContainer

from dutyclock.embedded.nats import ADMINISTRATOR, account_names, server_settings

POSTGRES_IMAGE = "postgres:18-alpine"
NATS_IMAGE = "nats:2.12-alpine"
NATS_PORT = 4222


def engine_answers() -> bool:
    try:
        return bool(docker.from_env().ping())
    except (docker.errors.DockerException, OSError):
        return False


@contextmanager
def run_containers(accounts: int) -> Generator[tuple[str, list[str]]]:
    """The address of the database postgres, and of NATS for each account, until the block ends."""
    passwords = {name: secrets.token_urlsafe(12) for name in (ADMINISTRATOR, *account_names(accounts))}
    settings = server_settings(f"0.0.0.0:{NATS_PORT}", "/data", passwords, (), durable=False)
    postgres = PostgresContainer(POSTGRES_IMAGE, dbname="postgres", driver=None).with_command(
        "postgres -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"
    )
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "nats.conf"
        configuration.write_text(json.dumps(settings), "utf-8")
        nats = (
            DockerContainer(NATS_IMAGE)
            .with_exposed_ports(NATS_PORT)
            .with_volume_mapping(folder, "/etc/dutyclock")
            .with_command("-c /etc/dutyclock/nats.conf")
            .waiting_for(LogMessageWaitStrategy("Server is ready"))
        )
        with postgres, nats:
            place = f"{nats.get_container_host_ip()}:{nats.get_exposed_port(NATS_PORT)}"
            urls = [f"nats://{name}:{passwords[name]}@{place}" for name in account_names(accounts)]
            yield postgres.get_connection_url(), urls
