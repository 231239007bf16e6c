"""Two Alertmanagers with the options of their pods find each other, each showing its certificate."""

from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from dutyclock.embedded.processes import free_port
from tests.deploy.live_prometheus import ALERTMANAGER, running
from tests.deploy.programs import program
from tests.kubernetes.bus_cluster import write_certificates
from tests.kubernetes.manifests import one, workload
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
CONFIGURATION = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def options(folder: Path, web: int, gossip: list[int], number: int) -> list[str]:
    """The pod's own options, with the addresses and folders of this test."""
    ours = {
        "--config.file": [str(folder / "alertmanager.yml")],
        "--storage.path": [str(folder / f"data-{number}")],
        "--web.config.file": [],  # the ordinary door is not what is tried here
        "--cluster.listen-address": [f"127.0.0.1:{gossip[number]}"],
        "--cluster.advertise-address": [f"127.0.0.1:{gossip[number]}"],
        "--cluster.peer": [f"127.0.0.1:{port}" for port in gossip],
        "--cluster.tls-config": [str(folder / "gossip.yml")],
    }
    shipped = {
        argument.partition("=")[0] for argument in workload("district", "alertmanager").container["args"]
    }
    assert shipped == ours.keys()
    return [
        *(f"{option}={value}" for option, values in ours.items() for value in values),
        f"--web.listen-address=127.0.0.1:{web}",
        "--log.level=warn",
    ]


async def test_they_speak_to_each_other_under_the_authority_of_the_installation(tmp_path: Path) -> None:
    program(ALERTMANAGER)
    certificate = one("district", "Certificate", "alertmanager")["spec"]
    write_certificates(tmp_path / "tls", certificate["usages"], *certificate["dnsNames"])
    gossip: str = one("district", "ConfigMap", "alertmanager-gossip")["data"]["gossip.yml"]
    (tmp_path / "gossip.yml").write_text(gossip.replace("/run/secrets", str(tmp_path / "tls")), "utf-8")
    (tmp_path / "alertmanager.yml").write_text(CONFIGURATION, "utf-8")
    ports = [free_port() for _ in range(4)]
    assert len(set(ports)) == 4
    async with AsyncExitStack() as stack:
        clients: list[httpx.AsyncClient] = []
        for number, web in enumerate(ports[:2]):
            arguments = options(tmp_path, web, ports[2:], number)
            log, url = tmp_path / f"log-{number}", f"http://127.0.0.1:{web}"
            clients.append(await stack.enter_async_context(running(ALERTMANAGER, arguments, log, url)))

        async def both_know_both() -> bool:
            told = [(await client.get("/api/v2/status")).json()["cluster"] for client in clients]
            return all(len(cluster.get("peers", [])) == 2 for cluster in told)

        await until(both_know_both, seconds=60, every_seconds=0.3, what="two that know each other")
