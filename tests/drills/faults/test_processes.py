"""Faults on a small platform of real processes: gone or silent while they last, and back afterwards."""

import asyncio
from datetime import timedelta
from io import StringIO
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from drills.load.faults.injecting import CannotInject, FaultInjector
from drills.load.faults.platform_processes import PlatformProcesses
from drills.load.faults.processes import ProcessFaults
from drills.places import DIVISIONS_FILE, write_register
from drills.run import platform_on_fast_clock
from dutyclock.supervisor.screen import StartProgress
from dutyclock.terminal import Sentence
from shared.clock import Clock
from shared.divisions import DivisionRegister
from tests.drills.faults.scenarios import a_fault
from tests.system.platform import ORIGIN
from tests.waiting import until

RATE = 60.0
LASTS = "PT3M"
"""Three real seconds."""
SECONDS = 60.0


class Quiet:
    """Shows nothing, and remembers what was told."""

    def __init__(self) -> None:
        self.progress = StartProgress(Console(file=StringIO()))
        self.told: list[str] = []

    def tell(self, sentence: Sentence) -> None:
        self.told.append(sentence.en)


class House:
    """A running platform, and who lives there."""

    def __init__(self, state: Path, clock: Clock) -> None:
        self.processes = PlatformProcesses(state)
        self.faults = ProcessFaults(state)
        self.injector = FaultInjector(self.faults, clock)

    def there(self, whom: str) -> psutil.Process:
        process = self.processes.find(whom)
        assert process is not None, whom
        return process

    async def unready(self, whom: str) -> bool:
        return not await self.faults.is_ready(whom)

    def replaced(self, whom: str, former: psutil.Process) -> bool:
        process = self.processes.find(whom)
        return process is not None and process != former

    def held(self, whom: str) -> bool:
        process = self.processes.find(whom)
        return process is not None and process.status() == psutil.STATUS_STOPPED


@pytest.mark.system
@pytest.mark.timeout(280)
async def test_parts_are_killed_stopped_cut_off_and_restarted_and_come_back(tmp_path: Path) -> None:
    write_register(DivisionRegister.load(DIVISIONS_FILE).part(["500104102"]), tmp_path / "divisions.csv")
    screen = Quiet()
    async with platform_on_fast_clock(tmp_path, ORIGIN, RATE, screen, durable=False) as (_, clock):
        house = House(tmp_path, clock)
        for whom in ("registration", "testing", "alerts", "reporting", "bus", "database"):
            await house.faults.check(a_fault("kill", whom))
        await a_killed_service_is_held_until_the_fault_is_over(house)
        await a_database_that_is_cut_off_stays_and_is_silent(house)
        await a_bus_that_is_restarted_is_another(house)
        with pytest.raises(CannotInject, match="is no process that this platform has started"):
            await house.faults.check(a_fault("kill", "alerts").model_copy(update={"whom": "somebody"}))
    assert any(told.startswith("alerts ended (signal 9)") for told in screen.told), screen.told
    assert any(told.startswith("NATS ended") for told in screen.told), screen.told
    assert not any(told.startswith("PostgreSQL ended") for told in screen.told), screen.told


async def a_killed_service_is_held_until_the_fault_is_over(house: House) -> None:
    former = house.there("alerts")
    breaking = asyncio.create_task(house.injector.apply(a_fault("kill", "alerts", LASTS)))
    await until(lambda: house.held("alerts"), seconds=SECONDS, what="a successor that stands still")
    assert not former.is_running()
    assert await house.unready("alerts")
    assert await house.faults.is_ready("reporting")
    done = await asyncio.wait_for(breaking, SECONDS)
    assert done.note == f"SIGKILL {former.pid}"
    assert done.restored_world is not None
    assert done.restored_world - done.began_world >= timedelta(minutes=3)
    assert done.ready_real is not None
    assert house.replaced("alerts", former)


async def a_database_that_is_cut_off_stays_and_is_silent(house: House) -> None:
    former = house.there("database")
    sessions = former.children(recursive=True)
    breaking = asyncio.create_task(house.injector.apply(a_fault("disconnect", "database", LASTS)))
    await until(lambda: house.held("database"), seconds=SECONDS, what="a database that stands still")
    assert await house.unready("database")
    done = await asyncio.wait_for(breaking, SECONDS)
    assert done.note == f"SIGSTOP {former.pid}"
    assert done.ready_real is not None
    assert house.there("database") == former
    assert all(one.status() != psutil.STATUS_STOPPED for one in sessions if one.is_running())


async def a_bus_that_is_restarted_is_another(house: House) -> None:
    former = house.there("bus")
    done = await asyncio.wait_for(house.injector.apply(a_fault("restart", "bus", None)), SECONDS)
    assert done.note == f"SIGTERM {former.pid}"
    await until(lambda: house.replaced("bus", former), seconds=SECONDS, what="another bus")
    await until(lambda: house.faults.is_ready("bus"), seconds=SECONDS, what="services that have it again")
