"""An installation in containers, made from a clean copy of the project, as the tests handle it."""

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from drills.load.scenario import LoadScenario
from drills.scenario import Scenario
from dutyclock.commands.demo import settings_of_clock
from dutyclock.services import SERVICES
from shared.clock import Clock
from shared.settings import PROJECT
from tests.compose.compose_file import ONE_SHOTS, read_compose

NAME = "dutyclock-test"
HTTPS_PORT = 18443
LEFT_OUT = frozenset(os.environ.get("DUTYCLOCK_COMPOSE_WITHOUT", "").split())
NO_POSTGRES_TLS = "postgres-tls"
LONGEST_SECONDS = 600.0

ADMISSION = """
import asyncio, pathlib, sys, nats
from shared.bus_address import BusAddress

async def main():
    address = BusAddress(sys.argv[1], pathlib.Path("/run/secrets/ca.crt"))
    try:
        client = await nats.connect(**address.options(), allow_reconnect=False, max_reconnect_attempts=1)
    except nats.errors.Error as error:
        print("refused:", error)
    else:
        print("admitted")
        await client.close()

asyncio.run(main())
"""
"""Run in a service's container: whether the bus admits whom an address names."""

FORGERY = """
import asyncio, pathlib, sys, nats
from shared.bus_address import BusAddress

async def main():
    said = []
    async def note(error):
        said.append(str(error).lower())
    secrets = pathlib.Path("/run/secrets")
    address = BusAddress((secrets / "nats_url").read_text().strip(), secrets / "ca.crt")
    client = await nats.connect(**address.options(), error_cb=note)
    for other in sys.argv[1:]:
        await client.publish(f"{other}.forged.50.0104.102.001", b"")
    await client.flush(30)
    for _ in range(300):
        if len(said) == len(sys.argv) - 1:
            break
        await asyncio.sleep(0.1)
    print("\\n".join(said))
    await client.close()

asyncio.run(main())
"""
"""Run in a service's container, with the account that it has."""

_begun = time.monotonic()


def say(what: str) -> None:
    """Tell whoever watches, with the time that has passed."""
    print(f"[{time.monotonic() - _begun:5.0f} s] {what}", flush=True)


class Failed(AssertionError):
    """A command that ended with another code than 0, or not at all."""

    def __init__(self, words: str, code: int | None = None) -> None:
        super().__init__(words)
        self.code = code


@dataclass
class Installation:
    """A copy of the project in `folder`, with its containers under a name of their own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def from_clean_copy(cls, folder: Path) -> "Installation":
        """Copy what a clone has: the files that are tracked or about to be, and nothing made here."""
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=PROJECT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (PROJECT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(PROJECT / name, folder / name)
        environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": NAME,
            "DOCKER_CONFIG": str(_docker_config(folder.parent)),
            "DOCKER_BUILDKIT": os.environ.get("DOCKER_BUILDKIT", "1"),
            "DUTYCLOCK_HTTPS": f"127.0.0.1:{HTTPS_PORT}",
            "DUTYCLOCK_HTTP": "127.0.0.1:18080",
            "DUTYCLOCK_GRAFANA_PORT": "13000",
            "DUTYCLOCK_IMAGE": f"{NAME}:local",
            "DUTYCLOCK_PUBLIC_URL": f"https://localhost:{HTTPS_PORT}",
        }
        if NO_POSTGRES_TLS in LEFT_OUT:
            environment["DUTYCLOCK_POSTGRES_TLS"] = "off"
        return cls(folder, environment)

    @property
    def services(self) -> list[str]:
        """What is started: everything that stays, but for what has no image here."""
        return sorted(read_compose()["services"].keys() - ONE_SHOTS - LEFT_OUT)

    async def run(self, *command: str, seconds: float = LONGEST_SECONDS, told: bool = True) -> str:
        """Run a command in the copy and return what it wrote; raises Failed with its words."""
        if told:
            say("$ " + " ".join(command))
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), seconds)
        except TimeoutError:
            process.kill()
            raise Failed(f"{' '.join(command)} took longer than {seconds:g} s") from None
        words = output.decode("utf-8", "replace")
        if process.returncode != 0:
            raise Failed(f"{' '.join(command)}: {process.returncode}\n{words[-6000:]}", process.returncode)
        return words

    async def compose(self, *arguments: str, seconds: float = LONGEST_SECONDS) -> str:
        return await self.run("docker", "compose", *arguments, seconds=seconds)

    async def containers(self) -> list[dict[str, Any]]:
        """Every container of the installation, as `docker inspect` shows it."""
        mark = f"label=com.docker.compose.project={NAME}"
        ids = (await self.run("docker", "ps", "-aq", "--filter", mark, told=False)).split()
        if not ids:
            return []
        return json.loads(await self.run("docker", "inspect", *ids, told=False))

    async def container(self, service: str) -> str:
        """The name of a service's container."""
        return (await self.run("docker", "compose", "ps", "-aq", service, told=False)).split()[0]

    async def query(self, statement: str) -> list[list[str]]:
        """Ask the database as its administrator; rows of text."""
        command = ("docker", "compose", "exec", "-T", "postgres", "psql", "-h", "/var/run/postgresql")
        answer = await self.run(
            *command, "-U", "dutyclock", "-d", "dutyclock", "-AtF", "\t", "-v", "ON_ERROR_STOP=1", "-c",
            statement, told=False, seconds=60,
        )  # fmt: skip
        return [line.split("\t") for line in answer.splitlines() if line]

    async def query_as(self, role: str, statement: str) -> str:
        """Ask with a service's rights; what is refused is returned as the words of the refusal."""
        try:
            return str(await self.query(f'SET ROLE "{role}"; {statement}'))
        except Failed as refusal:
            return str(refusal)

    def set_clock(self, scenario: Scenario | LoadScenario, lead_seconds: float) -> Clock:
        """Give the services a drill's clock, so many real seconds before its start."""
        settings = settings_of_clock(scenario, lead_seconds)
        self.environment |= dict(line.split("=", 1) for line in settings.splitlines())
        origin, anchor = (self.environment[f"DUTYCLOCK_CLOCK_{name}"] for name in ("ORIGIN", "ANCHOR"))
        return Clock(datetime.fromisoformat(origin), datetime.fromisoformat(anchor), scenario.rate)

    def go_on_as_in_life(self, clock: Clock) -> Clock:
        """Let the world go on where it is at the speed of life, from the next start of the services on."""
        now, real = clock.now(), datetime.now(UTC)
        settings = {"ORIGIN": now.isoformat(), "ANCHOR": real.isoformat(), "RATE": "1"}
        self.environment |= {f"DUTYCLOCK_CLOCK_{name}": value for name, value in settings.items()}
        return Clock(now, real)

    async def try_to_speak_for_others(self, service: str) -> str:
        """Let a service's container publish every other's events; what the bus says to that is returned."""
        return await self.run(
            *("docker", "compose", "exec", "-T", "--index", "1", service, "python", "-c", FORGERY),
            *(other for other in SERVICES if other != service),
            told=False,
            seconds=120,
        )

    async def operator(self, *command: str) -> str:
        """Do what the operator does, and return what that has written."""
        return await self.compose("run", "--rm", "--no-deps", "-T", "operator", *command)

    async def secret(self, party: str, name: str) -> str:
        """Return what a container reads from a file of its own secrets."""
        inside = ("docker", "compose", "exec", "-T", party, "cat", f"/run/secrets/{name}")
        return (await self.run(*inside, told=False, seconds=120)).strip()

    async def admitted_to_bus(self, url: str) -> str:
        """Let a service's container try an account on the bus; `admitted`, or the words of the refusal."""
        inside = ("docker", "compose", "exec", "-T", "testing", "python", "-c", ADMISSION)
        words = await self.run(*inside, url, told=False, seconds=120)
        return next(line for line in words.splitlines() if line.startswith(("admitted", "refused")))

    async def admitted_to_database(self, url: str) -> str:
        """Let an account ask the database over the network; its answer, or the words of the refusal."""
        inside = ("docker", "compose", "exec", "-T", "postgres", "psql", "-Atqc", "SELECT 'admitted'")
        try:
            return (await self.run(*inside, url.partition("?")[0], told=False, seconds=120)).strip()
        except Failed as refusal:
            return str(refusal)

    async def make_key(self, *scopes: str) -> str:
        asked = [part for scope in sorted(scopes) for part in ("--scope", scope)]
        return key_in(await self.operator("keys", "create", "--division", "500000", *asked))

    def client(self, key: str) -> httpx.AsyncClient:
        """A caller from outside, who trusts the installation's authority and nobody else."""
        trust = ssl.create_default_context(cafile=str(self.folder / "secrets" / "ca.crt"))
        return httpx.AsyncClient(
            base_url=f"https://localhost:{HTTPS_PORT}",
            headers={"authorization": f"Bearer {key}"},
            verify=trust,
            trust_env=False,
            timeout=10,
        )


def key_in(words: str) -> str:
    """Return the key that a command of the operator has shown."""
    return next(word for word in words.split() if word.startswith("dk_"))


def _docker_config(folder: Path) -> Path:
    """Docker's own settings, with Compose as a plugin where this machine has none."""
    known = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if known.returncode == 0:
        return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    plugins = folder / "docker" / "cli-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    (plugins / "docker-compose").symlink_to(Path(sys.executable).parent / "docker-compose")
    return plugins.parent


def states(containers: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What became of each service's containers: `healthy`, `exited 0` and so on."""
    found: dict[str, list[str]] = {}
    for one in containers:
        state = one["State"]
        word = state["Health"]["Status"] if state.get("Health") and state["Running"] else state["Status"]
        if state["Status"] == "exited":
            word = f"exited {state['ExitCode']}"
        found.setdefault(one["Config"]["Labels"]["com.docker.compose.service"], []).append(word)
    return found
