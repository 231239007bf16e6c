"""Breaks the processes of a platform that `dutyclock up` or a drill has started on this machine."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

import psutil

from drills.load.faults.injecting import refused
from drills.load.faults.messages import say
from drills.load.faults.platform_processes import PlatformProcesses
from drills.load.scenario import Fault

AWAITED_SECONDS = 0.02
"""How soon a successor is held: even NATS needs longer until its door is open."""
HELD_SECONDS = 0.25
"""How often it is looked whether the supervisor has replaced the one that is held."""
END_SECONDS = 40.0
"""How long one that is asked to end may take; a service may finish for 25 seconds."""
ENDING = {"database": signal.SIGINT}
"""How PostgreSQL is asked to end its sessions and itself; the others take SIGTERM."""


class ProcessFaults:
    """The faults of a platform whose state lies in `state`.

    Killed is SIGKILL; stopped and restarted are asked to end. The supervisor starts all of them again; where
    the fault lasts, the successor is held with SIGSTOP as soon as it is there, and goes on when the fault is
    over, so that the supervisor's growing pauses do not add to it. Cut off is SIGSTOP for all that the
    process has started: on one machine everybody speaks over the loopback interface, where no line can be
    cut. What others see of it is alike: their connections stay open, and nothing answers.
    """

    def __init__(self, state: Path) -> None:
        self._processes = PlatformProcesses(state)
        self._holding: dict[str, asyncio.Task[None]] = {}

    async def check(self, fault: Fault) -> None:
        """Raise CannotInject where a fault cannot be done."""
        if reason := self._processes.why_not(fault.whom):
            raise refused(fault, reason)

    async def apply(self, fault: Fault) -> str:
        """Begin a fault; raises CannotInject for somebody who does not run, or is under another fault."""
        if fault.whom in self._holding:
            raise refused(fault, say("under-a-fault", whom=fault.whom))
        process = self._processes.find(fault.whom)
        if process is None:
            raise refused(fault, say("not-running", whom=fault.whom))
        if fault.does == "disconnect":
            freeze(process)
            sent = signal.SIGSTOP
        else:
            sent = signal.SIGKILL if fault.does == "kill" else ENDING.get(fault.whom, signal.SIGTERM)
            await _end(process, sent)
        if fault.lasts is not None:
            self._holding[fault.whom] = asyncio.create_task(self._hold(fault.whom))
        return f"{sent.name} {process.pid}"

    async def undo(self, fault: Fault) -> None:
        """Let whoever is held go on."""
        holding = self._holding.pop(fault.whom, None)
        if holding is None:
            return
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        process = self._processes.find(fault.whom)
        if process is not None:
            thaw(process)

    async def is_ready(self, whom: str) -> bool:
        """Whether a service says that it is ready; all four for the bus and the database."""
        return await self._processes.are_ready(whom)

    async def _hold(self, whom: str) -> None:
        """Hold whoever is there or comes: the supervisor replaces one that is not ready within a minute."""
        while True:
            process = self._processes.find(whom)
            if process is not None and _runs(process):
                freeze(process)
            await asyncio.sleep(AWAITED_SECONDS if process is None else HELD_SECONDS)


async def _end(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal and wait for the end; one that does not end when asked is killed."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + END_SECONDS
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if loop.time() > deadline:
                process.kill()
            await asyncio.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
    return False


def freeze(process: psutil.Process) -> None:
    """Stop a process and all that it has started: PostgreSQL's sessions are processes of their own."""
    with suppress(psutil.NoSuchProcess):
        process.suspend()  # first, so that it starts no more
        for child in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.suspend()


def thaw(process: psutil.Process) -> None:
    """Let a process go on, with all that it has started."""
    with suppress(psutil.NoSuchProcess):
        for child in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.resume()
        process.resume()
