"""`dutyclock up` as a person starts it: what it refuses and how it says so, what it mends, how it ends."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from dutyclock.services import PROCESSES, PROJECT, SERVICES
from dutyclock.supervisor.logs import rotate
from dutyclock.supervisor.state import StateFolder
from tests.waiting import until

POLICY = PROJECT / "policies" / "chongqing-2021-winter"
FREE_PORTS = [part for name in PROCESSES for part in (f"--{name}-port", "0")]


class Up:
    """A running `dutyclock up` and what it prints."""

    def __init__(
        self, state: Path, output: Path, *options: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.state = state
        self.output = output
        command = [sys.executable, "-m", "dutyclock", "up", "--state", str(state), *FREE_PORTS, *options]
        inherited = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "NATS_URL")
        }
        with self.output.open("wb") as stream:
            self.process = psutil.Popen(
                command,
                cwd=PROJECT,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**inherited, **(environment or {})},
            )

    def said(self) -> str:
        return self.output.read_text("utf-8")

    def announced(self) -> dict[str, Any] | None:
        file = self.state / "state.json"
        return json.loads(file.read_text("utf-8")) if file.exists() else None

    async def ready(self) -> dict[str, Any]:
        def announced_or_ended() -> dict[str, Any] | None:
            assert self.process.poll() is None, self.said()
            return self.announced()

        found = await until(announced_or_ended, seconds=60, what="readiness")
        assert found is not None
        return found

    async def exit_code(self, seconds: float = 60) -> int:
        def ended() -> bool:
            return self.process.poll() is not None

        await until(ended, seconds=seconds, what="the end of up")
        return int(self.process.returncode)

    def children(self) -> list[psutil.Process]:
        return self.process.children(recursive=True)


@pytest.fixture
def start_up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Start `dutyclock up` on the test's own state and free ports; what still runs at the end is killed."""
    started: list[Up] = []

    def start(*options: str, state: Path = tmp_path / "var", **environment: str) -> Up:
        up = Up(state, tmp_path / f"output-{len(started)}.txt", *options, environment=environment)
        started.append(up)
        return up

    yield start
    for up in started:
        if up.process.poll() is None:
            up.process.kill()
            up.process.wait()


async def refused(up: Up) -> str:
    """What it said when it exited with 1; nothing of it runs any more."""
    code = await up.exit_code()
    assert code == 1, up.said()
    assert "Traceback" not in up.said()
    assert not processes_of(up.state)
    assert up.announced() is None
    return up.said()


def processes_of(state: Path) -> list[psutil.Process]:
    """Every process that was given something inside `state`, or works there."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        if str(state) in f"{process.info['cmdline']} {process.info['cwd']}":
            found.append(process)
    return found


async def test_a_second_up_on_the_same_state_is_refused(tmp_path: Path, start_up: Callable[..., Up]) -> None:
    state = StateFolder(tmp_path / "var")
    state.claim()
    try:
        said = await refused(start_up())
    finally:
        state.release()
    assert f"Another `dutyclock up` (process {os.getpid()}) is already running" in said


async def test_every_busy_port_is_named_with_what_changes_it(start_up: Callable[..., Up]) -> None:
    with socket.socket() as taken, socket.socket() as also_taken:
        for one in (taken, also_taken):
            one.bind(("127.0.0.1", 0))
            one.listen()
        first, second = taken.getsockname()[1], also_taken.getsockname()[1]
        said = await refused(start_up("--testing-port", str(first), "--alerts-port", str(second)))
    for port, service in ((first, "testing"), (second, "alerts")):
        assert f"{service} 的端口 {port} 已被占用" in said
        assert f"Port {port} of {service} is already in use" in said
        assert f"--{service}-port" in said
        assert f"DUTYCLOCK_{service.upper()}_PORT" in said


async def test_a_broken_policy_is_named_and_nothing_keeps_running(
    tmp_path: Path, start_up: Callable[..., Up]
) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(POLICY, pack)
    clocks = pack / "clocks.yaml"
    clocks.write_text(clocks.read_text("utf-8").replace("title:", "titel:", 1), "utf-8")
    said = await refused(start_up("--policy", str(pack)))
    assert "clocks.yaml" in said
    assert "clocks[0].title" in said


async def test_a_missing_policy_is_named(tmp_path: Path, start_up: Callable[..., Up]) -> None:
    said = await refused(start_up("--policy", str(tmp_path / "nowhere")))
    assert "nowhere" in said


async def test_a_database_that_does_not_answer_is_named_without_its_password(
    start_up: Callable[..., Up],
) -> None:
    url = "postgresql://someone:secret@127.0.0.1:9/elsewhere"
    said = await refused(start_up(DATABASE_URL=url))
    assert "127.0.0.1:9/elsewhere" in said
    assert "secret" not in said


async def test_a_bus_that_does_not_answer_is_named(start_up: Callable[..., Up]) -> None:
    said = await refused(start_up(NATS_URL="nats://127.0.0.1:9"))
    assert "127.0.0.1:9" in said


async def test_a_state_folder_that_cannot_be_made_is_named(
    tmp_path: Path, start_up: Callable[..., Up]
) -> None:
    (tmp_path / "file").touch()
    said = await refused(start_up(state=tmp_path / "file" / "var"))
    assert "cannot be written to" in said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=False)
    if mounted.returncode != 0:
        pytest.skip("cannot run here: this machine does not let us mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="cannot run here: only root may mount")
async def test_a_disk_that_is_full_is_named(small_disk: Path, start_up: Callable[..., Up]) -> None:
    said = await refused(start_up(state=small_disk / "var"))
    assert "8 MB left" in said


@pytest.mark.system
@pytest.mark.timeout(180)
async def test_it_starts_mends_itself_stops_in_order_and_goes_on(start_up: Callable[..., Up]) -> None:
    up = start_up()
    announced = await up.ready()
    async with httpx.AsyncClient(timeout=5) as client:
        for service in SERVICES:
            assert (await client.get(announced["services"][service] + "/ready")).status_code == 200

        second = start_up()
        assert await second.exit_code() == 1
        assert "already running" in second.said()

        victim = next(child for child in up.children() if "services.testing" in child.cmdline())
        victim.kill()
        await until(lambda: "testing is back" in up.said(), seconds=30, what="the restart of testing")
        assert "testing ended (signal 9)" in up.said()
        assert (await client.get(announced["services"]["testing"] + "/ready")).status_code == 200

        key = json.loads((up.state / "secrets.json").read_text("utf-8"))["first_key"]
        assert key in up.said()
    up.process.send_signal(signal.SIGINT)
    assert await up.exit_code() == 0, up.said()
    assert not processes_of(up.state)
    assert not (up.state / "postgres" / "postmaster.pid").exists(), "PostgreSQL ended in order"

    again = start_up()
    await again.ready()
    await until(lambda: key in again.said(), what="the same first key")
    children = again.children()
    assert len(children) >= len(PROCESSES) + 2
    again.process.kill()
    await until(lambda: not any(child.is_running() for child in children), seconds=30, what="the end of all")


def test_a_log_that_has_grown_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "alerts.log"
    with log.open("ab", buffering=0) as child:  # as a service holds it
        child.write(b"old\n" * 10)
        rotate(tmp_path, largest_bytes=30)
        child.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "alerts.log.1").read_bytes() == b"old\n" * 10
