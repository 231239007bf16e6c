"""A forked service is a process like one that was started anew: its environment, log and end are its own."""

import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import psutil
import pytest

from tests.nursery import SUPPORTED, Nursery
from tests.servers import TEST_SECRETS, ServiceProcess
from tests.waiting import until

pytestmark = pytest.mark.skipif(not SUPPORTED, reason="cannot run here: forks are asked for on Linux alone")

Start = Callable[..., Awaitable[ServiceProcess]]


async def test_what_is_forked_serves_and_ends_in_order(start_service: Start) -> None:
    service = await start_service("reporting")
    process = psutil.Process(service.pid)
    assert os.getsid(service.pid) == service.pid, "Ctrl-C reaches only the parent"
    assert service.pid not in {child.pid for child in psutil.Process().children()}, "the nursery's child"
    assert process.is_running()
    async with httpx.AsyncClient(base_url=service.url) as client:
        assert (await client.get("/health")).status_code == 200
    assert await service.stop() == 0
    assert not service.running
    assert '"action":"stop-service"' in service.output()


async def test_a_killed_one_is_told_and_started_again(start_service: Start) -> None:
    service = await start_service("auditor")
    former = service.pid
    await service.kill()
    assert not service.running
    await service.start()
    assert service.pid != former
    assert service.running


async def test_one_that_cannot_start_says_why_and_fails(tmp_path: Path) -> None:
    broken = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "NATS_URL": "nats://127.0.0.1:1"}
    service = ServiceProcess("testing", broken, tmp_path / "testing.log")
    await service.start(ready_within_seconds=None)
    await until(lambda: not service.running, what="an end by itself")
    assert await service.stop() == 1
    assert service.output()


async def test_each_has_the_environment_that_it_was_given_and_no_other(
    service_database_url: Callable[[str], str], nats_url: str, tmp_path: Path
) -> None:
    surroundings = {**TEST_SECRETS, "DATABASE_URL": service_database_url("auditor"), "NATS_URL": nats_url}
    nursery = Nursery()
    try:
        refused = nursery.fork("auditor", {**surroundings, "DUTYCLOCK_PORT": "none"}, tmp_path / "one.log")
        assert await refused.wait(60) not in (0, None)
        assert "DUTYCLOCK_PORT" in (tmp_path / "one.log").read_text("utf-8").upper()
        port = ServiceProcess("auditor", {}, tmp_path / "two.log").port
        taken = nursery.fork("auditor", {**surroundings, "DUTYCLOCK_PORT": str(port)}, tmp_path / "two.log")
        assert await taken.wait(1.0) is None
    finally:
        nursery.close()
    assert await taken.wait(30) == -signal.SIGKILL, "nobody is left to tell how it ended"
    await until(lambda: not psutil.pid_exists(taken.pid), what="an end with the nursery's")
