"""Breaks the containers of a Compose project, by the docker command of this machine."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from drills.load.faults.injecting import CannotInject, refused
from drills.load.faults.messages import say
from drills.load.scenario import Fault
from dutyclock.services import SERVICES

LONGEST_SECONDS = 90.0
NAMES = {"bus": "nats", "database": "postgres"}
"""What the Compose file calls those parts that it does not call by the drill's own words."""

Command = tuple[str, ...]


class ContainerFaults:
    """The faults of a Compose project on the engine that `docker` speaks to (DOCKER_HOST).

    Killed is `docker kill`, stopped is `docker stop`, both followed by `docker start`: the engine leaves
    alone what somebody has ended by hand. Cut off is taken out of all its networks, and put back with the
    names that it had there. Where a service has several containers, all of them share its fault.
    """

    def __init__(self, project: str, docker: str = "docker") -> None:
        self._project = project
        self._docker = docker
        self._undoing: dict[str, Sequence[Command]] = {}

    async def check(self, fault: Fault) -> None:
        """Raise CannotInject where docker does not answer, or the project has no such container."""
        await self._containers(fault)

    async def apply(self, fault: Fault) -> str:
        """Begin a fault; raises CannotInject with docker's own words."""
        if fault.whom in self._undoing:
            raise refused(fault, say("under-a-fault", whom=fault.whom))
        found = await self._containers(fault)
        doing, undoing = commands_for(fault, found)
        self._undoing[fault.whom] = undoing
        try:
            for command in doing:
                await self._run(fault, *command)
        except CannotInject:
            with suppress(CannotInject):
                await self.undo(fault)  # what the first of them has done
            raise
        return "; ".join(" ".join(("docker", *command)) for command in doing)

    async def undo(self, fault: Fault) -> None:
        """Take a fault back; raises CannotInject with docker's own words, after all has been tried."""
        problems: list[CannotInject] = []
        for command in self._undoing.pop(fault.whom, ()):
            try:
                await self._run(fault, *command)
            except CannotInject as problem:
                problems.append(problem)
        if problems:
            raise problems[0]

    async def is_ready(self, whom: str) -> bool:
        """Whether every container of a service says that it is ready; of all four for bus and database."""
        asked = (whom,) if whom in SERVICES else SERVICES
        ids = [one for service in asked for one in await self._ids(service)]
        probe = ("python", "-m", "dutyclock.probe", "/ready")
        answers = await asyncio.gather(*(self._call("exec", one, *probe) for one in ids))
        return bool(ids) and all(code == 0 for code, _ in answers)

    async def _containers(self, fault: Fault) -> Sequence[dict[str, Any]]:
        """Return the running containers, as docker describes them."""
        service = NAMES.get(fault.whom, fault.whom)
        ids = await self._ids(service, fault)
        if not ids:
            raise refused(fault, say("no-container", project=self._project, service=service))
        return json.loads(await self._run(fault, "inspect", *ids))

    async def _ids(self, service: str, fault: Fault | None = None) -> list[str]:
        labels = {"project": self._project, "service": service, "oneoff": "False"}
        filters = [
            part
            for name, value in labels.items()
            for part in ("--filter", f"label=com.docker.compose.{name}={value}")
        ]
        if fault is not None:
            return (await self._run(fault, "ps", "-q", *filters)).split()
        return (await self._call("ps", "-q", *filters))[1].split()

    async def _run(self, fault: Fault, *arguments: str) -> str:
        """Return what docker wrote; raises CannotInject with its words."""
        code, said = await self._call(*arguments)
        if code != 0:
            command = " ".join((self._docker, *arguments))
            raise refused(fault, say("docker-refused", command=command, reason=said.strip()[-300:]))
        return said

    async def _call(self, *arguments: str) -> tuple[int, str]:
        """Return how docker ended and what it wrote; 127 where there is no such command."""
        try:
            process = await asyncio.create_subprocess_exec(
                self._docker,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as problem:
            return 127, str(problem)
        try:
            output, errors = await asyncio.wait_for(process.communicate(), LONGEST_SECONDS)
        except TimeoutError:
            process.kill()
            return 124, f"no answer within {LONGEST_SECONDS:g} s"
        code = process.returncode or 0
        return code, (output if code == 0 else errors).decode("utf-8", "replace")


def commands_for(
    fault: Fault, containers: Sequence[dict[str, Any]]
) -> tuple[Sequence[Command], Sequence[Command]]:
    """Return what docker is told to begin a fault, and what to take it back."""
    ids = tuple(one["Id"][:12] for one in containers)
    if fault.does == "disconnect":
        return _cut_off(containers), _put_back(containers)
    if fault.does == "restart" and fault.lasts is None:
        return [("restart", *ids)], []
    return [("kill" if fault.does == "kill" else "stop", *ids)], [("start", *ids)]


def _cut_off(containers: Sequence[dict[str, Any]]) -> Sequence[Command]:
    return [
        ("network", "disconnect", network, one["Id"][:12])
        for one in containers
        for network in sorted(one["NetworkSettings"]["Networks"])
    ]


def _put_back(containers: Sequence[dict[str, Any]]) -> Sequence[Command]:
    """Connect again by the names that others know: the engine would give the container its own alone."""
    return [
        ("network", "connect", *_named(settings, one["Id"][:12]), network, one["Id"][:12])
        for one in containers
        for network, settings in sorted(one["NetworkSettings"]["Networks"].items())
    ]


def _named(settings: dict[str, Any], own: str) -> Sequence[str]:
    names = [name for name in settings.get("Aliases") or () if name != own]
    return [part for name in names for part in ("--alias", name)]
