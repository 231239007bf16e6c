"""A service with a certificate speaks TLS alone, to whoever trusts the installation's authority."""

import ssl
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from dutyclock.containers.secret_folders import SecretFolders
from dutyclock.probe import ask
from dutyclock.services import PROJECT
from tests.servers import ServiceProcess
from tests.waiting import until

pytestmark = pytest.mark.system


def is_ready(port: int) -> bool:
    try:
        return ask(port, over_tls=True)[0] == 200
    except OSError:
        return False


def probe(port: int, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dutyclock.probe"]
    surroundings = {"DUTYCLOCK_PORT": str(port), **environment}
    return subprocess.run(
        command, env=surroundings, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60
    )


async def test_a_service_with_a_certificate_is_reached_over_tls_alone(
    service_database_url: Callable[[str], str], nats_url: str, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets"
    SecretFolders(secrets).write(now=datetime.now(UTC), owned=False)
    certificate = str(secrets / "reporting" / "tls.crt")
    service = ServiceProcess(
        "reporting",
        {
            "DATABASE_URL": service_database_url("reporting"),
            "NATS_URL": nats_url,
            "DUTYCLOCK_TLS_CERTIFICATE_FILE": certificate,
            "DUTYCLOCK_TLS_KEY_FILE": str(secrets / "reporting" / "tls.key"),
        },
        tmp_path / "reporting.log",
        anew=True,
    )
    await service.start(ready_within_seconds=None)
    try:
        await until(lambda: is_ready(service.port), seconds=90, what="a ready service over TLS")
        trust = ssl.create_default_context(cafile=str(secrets / "ca.crt"))
        async with httpx.AsyncClient(verify=trust, timeout=30) as trusting:
            answer = await trusting.get(f"https://localhost:{service.port}/health")
            assert answer.json()["status"] == "alive"
        async with httpx.AsyncClient(timeout=30) as stranger:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await stranger.get(f"https://localhost:{service.port}/health")
            with pytest.raises(httpx.TransportError):
                await stranger.get(f"http://localhost:{service.port}/health")

        asked = probe(service.port, DUTYCLOCK_TLS_CERTIFICATE_FILE=certificate)
        assert (asked.returncode, asked.stdout) == (0, "ready\n"), asked
        assert probe(service.port).returncode == 1, "without TLS nobody answers"
    finally:
        await service.stop()
    assert probe(service.port, DUTYCLOCK_TLS_CERTIFICATE_FILE=certificate).returncode == 1
