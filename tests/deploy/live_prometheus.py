"""A Prometheus and an Alertmanager of a test's own, with the configuration that we ship, only faster."""

import math
import shutil
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from dutyclock.embedded.processes import free_port, spawn
from tests.deploy.dashboards import DEPLOY
from tests.deploy.rules import RULES
from tests.waiting import until

PROMETHEUS, ALERTMANAGER = "prometheus", "prometheus-alertmanager"


@dataclass(frozen=True, slots=True)
class LivePrometheus:
    """One that runs."""

    client: httpx.AsyncClient

    async def ask(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Return labels and value of everything that the expression gives now; fails where it is refused."""
        answer = await self.client.post("/api/v1/query", data={"query": expression})
        body = answer.json()
        assert body["status"] == "success", f"{expression}: {body}"
        if body["data"]["resultType"] == "scalar":
            return [({}, float(body["data"]["result"][1]))]
        return [(one["metric"], float(one["value"][1])) for one in body["data"]["result"]]

    async def shows(self, expression: str) -> bool:
        """Tell whether there is anything to be seen: what is no number is not."""
        return any(not math.isnan(value) for _, value in await self.ask(expression))


@asynccontextmanager
async def live_prometheus(
    folder: Path, addresses: Mapping[str, str], alertmanager: str
) -> AsyncGenerator[LivePrometheus, None]:
    """Run a Prometheus on the shipped rules that scrapes processes at `addresses` every second."""
    port = free_port()
    configuration = _write(folder, _configured(addresses, f"127.0.0.1:{port}", alertmanager))
    arguments = [
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    async with running(PROMETHEUS, arguments, folder / "log", f"http://127.0.0.1:{port}") as client:
        yield LivePrometheus(client)


@asynccontextmanager
async def live_alertmanager(folder: Path, configuration: Path) -> AsyncGenerator[str, None]:
    """Run an Alertmanager on a configuration and give the address it listens on."""
    port = free_port()
    arguments = [
        f"--config.file={configuration}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    async with running(ALERTMANAGER, arguments, folder / "log", f"http://127.0.0.1:{port}"):
        yield f"127.0.0.1:{port}"


@asynccontextmanager
async def running(
    name: str, arguments: Sequence[str], log: Path, url: str
) -> AsyncGenerator[httpx.AsyncClient, None]:
    """Run a program of Prometheus' own until the block ends; it is ready when entered."""
    path = shutil.which(name)
    assert path is not None, f"{name} is not installed"
    async with AsyncExitStack() as stack:
        child = spawn(
            name, [path, *arguments], log=log, environment={"GOMAXPROCS": "1"}, working_directory=log.parent
        )
        stack.push_async_callback(child.stop, (signal.SIGTERM, 10.0))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20))

        async def ready() -> bool:
            assert child.returncode is None, f"{name} ended; see {log}"
            try:
                return (await client.get("/-/ready")).is_success
            except httpx.HTTPError:
                return False

        await until(ready, seconds=60, every_seconds=0.1, what=f"{name} being ready")
        yield client


def _write(folder: Path, configuration: Mapping[str, Any]) -> Path:
    """Write the configuration, and the rules beside it without intervals of their own."""
    (folder / "rules").mkdir(parents=True)
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(configuration), "utf-8")
    for file in RULES.glob("*.yml"):
        rules = yaml.safe_load(file.read_text("utf-8"))
        for group in rules["groups"]:
            group.pop("interval", None)
        (folder / "rules" / file.name).write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    return path


def _configured(addresses: Mapping[str, str], own: str, alertmanager: str) -> dict[str, Any]:
    configuration: dict[str, Any] = yaml.safe_load(
        (DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8")
    )
    configuration["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    for job in configuration["scrape_configs"]:
        for group in job["static_configs"]:
            if job["job_name"] == "dutyclock":
                group["targets"] = [addresses[group["labels"]["process"]]]
            else:
                group["targets"] = [own if job["job_name"] == "prometheus" else alertmanager]
    configuration["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}]
    return configuration
