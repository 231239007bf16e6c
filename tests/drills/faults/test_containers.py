"""What docker is told for each fault, and what becomes of its refusals."""

from pathlib import Path

import pytest

from drills.load.faults.containers import ContainerFaults
from drills.load.faults.injecting import CannotInject, FaultInjector
from shared.clock import Clock
from tests.drills.faults.scenarios import ALERTS, BUS, a_fault


def told(docker: Path) -> list[str]:
    """Return what docker was told to do; not what it was asked."""
    lines = docker.with_name("docker.told").read_text("utf-8").splitlines()
    return [line for line in lines if line.split()[0] not in ("ps", "inspect", "exec")]


@pytest.mark.parametrize(
    ("does", "lasts", "begun", "ended"),
    [
        ("kill", "PT2M", [f"kill {BUS[:12]}"], [f"start {BUS[:12]}"]),
        ("stop", "PT2M", [f"stop {BUS[:12]}"], [f"start {BUS[:12]}"]),
        ("restart", "PT2M", [f"stop {BUS[:12]}"], [f"start {BUS[:12]}"]),
        ("restart", None, [f"restart {BUS[:12]}"], []),
        (
            "disconnect",
            "PT2M",
            [f"network disconnect winter_back {BUS[:12]}"],
            [f"network connect --alias winter-nats-1 --alias nats winter_back {BUS[:12]}"],
        ),
    ],
)
async def test_a_fault_is_done_and_taken_back_by_docker(
    docker: Path, does: str, lasts: str | None, begun: list[str], ended: list[str]
) -> None:
    faults = ContainerFaults("winter", str(docker))
    fault = a_fault(does, "bus", lasts)
    assert await faults.apply(fault) == "; ".join(f"docker {line}" for line in begun)
    assert told(docker) == begun
    await faults.undo(fault)
    assert told(docker) == begun + ended


async def test_all_containers_of_a_service_share_its_fault(docker: Path) -> None:
    faults = ContainerFaults("winter", str(docker))
    await faults.apply(a_fault("kill", "alerts"))
    await faults.undo(a_fault("kill", "alerts"))
    one, two = (container[:12] for container in ALERTS)
    assert told(docker) == [f"kill {one} {two}", f"start {one} {two}"]
    await faults.apply(a_fault("disconnect", "alerts"))
    assert [line.split()[2:] for line in told(docker)[2:]] == [
        [network, container] for container in (one, two) for network in ("winter_back", "winter_front")
    ]


async def test_the_injector_writes_down_what_was_done_and_when(docker: Path) -> None:
    clock = Clock(rate=3600)
    done = await FaultInjector(ContainerFaults("winter", str(docker)), clock).apply(a_fault("kill", "alerts"))
    assert (done.does, done.whom, done.planned_at) == ("kill", "alerts", "PT5M")
    assert done.note == f"docker kill {ALERTS[0][:12]} {ALERTS[1][:12]}"
    assert done.restored_real is not None
    assert done.ready_real is not None
    assert done.began_real <= done.restored_real <= done.ready_real
    assert done.restored_world is not None
    lasted = done.restored_world - done.began_world
    assert lasted >= a_fault("kill", "alerts").ends - a_fault("kill", "alerts").at


async def test_a_container_that_cannot_be_put_back_is_told(docker: Path) -> None:
    docker.with_name("docker.refuses").write_text("start\n", "utf-8")
    done = await FaultInjector(ContainerFaults("winter", str(docker)), Clock(rate=3600)).apply(
        a_fault("kill", "bus")
    )
    assert done.restored_real is None
    assert "Error response from daemon: no" in done.note


async def test_what_docker_refuses_to_do_is_taken_back_and_told(docker: Path) -> None:
    docker.with_name("docker.refuses").write_text("kill\n", "utf-8")
    faults = ContainerFaults("winter", str(docker))
    with pytest.raises(CannotInject, match="Error response from daemon: no"):
        await faults.apply(a_fault("kill", "bus"))
    docker.with_name("docker.refuses").unlink()
    await faults.apply(a_fault("kill", "bus"))  # it is not held to be under a fault any more
    with pytest.raises(CannotInject, match="under another fault"):
        await faults.apply(a_fault("stop", "bus"))


async def test_no_docker_and_no_container_are_told_before_anything_begins(
    docker: Path, tmp_path: Path
) -> None:
    with pytest.raises(CannotInject, match="No such file"):
        await ContainerFaults("winter", str(tmp_path / "nothing")).check(a_fault("kill", "bus"))
    with pytest.raises(CannotInject, match="no running container of postgres"):
        await ContainerFaults("winter", str(docker)).check(a_fault("kill", "database"))
    with pytest.raises(CannotInject, match="Compose project summer"):
        await ContainerFaults("summer", str(docker)).check(a_fault("kill", "bus"))
    await ContainerFaults("winter", str(docker)).check(a_fault("kill", "alerts"))
    assert told(docker) == []
