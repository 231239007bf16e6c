"""Which of a scenario's faults are done to the platform, and when the drill is refused instead."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drills.load.faults.containers import ContainerFaults
from drills.load.faults.injecting import CannotInject, choose_faults
from drills.load.faults.processes import ProcessFaults
from dutyclock.commands.drill import app
from dutyclock.services import PROJECT
from tests.drills.faults.scenarios import a_fault

FEED = a_fault("repeat-feed", "laboratory:500104-cdc")
KILL = a_fault("kill", "alerts")


async def test_the_senders_faults_need_no_injector() -> None:
    assert await choose_faults([FEED], None, without_faults=False) == ()


async def test_faults_that_nobody_can_do_are_refused_unless_left_out() -> None:
    with pytest.raises(CannotInject) as refused:
        await choose_faults([FEED, KILL], None, without_faults=False)
    assert "PT5M kill alerts" in refused.value.sentence.en
    assert "--without-faults" in refused.value.sentence.zh
    assert await choose_faults([FEED, KILL], None, without_faults=True) == ()


async def test_a_state_folder_in_which_nothing_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotInject, match="no platform runs in"):
        await choose_faults([KILL], ProcessFaults(tmp_path), without_faults=False)


async def test_one_part_has_one_fault_at_a_time(docker: Path) -> None:
    platform = ContainerFaults("winter", str(docker))
    later = a_fault("disconnect", "alerts", at=timedelta(minutes=6))
    with pytest.raises(CannotInject, match=r"PT6M disconnect alerts.*under another fault"):
        await choose_faults([KILL, later], platform, without_faults=False)
    after = a_fault("disconnect", "alerts", at=timedelta(minutes=8))
    other = a_fault("disconnect", "bus", at=timedelta(minutes=6))
    chosen = [KILL, after, other]
    assert await choose_faults([*chosen, FEED], platform, without_faults=False) == chosen


def test_a_drill_elsewhere_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    file = PROJECT / "drills" / "dark-hour.yaml"
    place = ["--url", "https://127.0.0.1:9", "--key", "dk_none_none", "--state", str(tmp_path)]
    told = CliRunner().invoke(app, ["run", str(file), "--share", "0.01", *place])
    assert told.exit_code == 1
    assert "nothing can be done to it; --without-faults leaves them out" in told.output
    containers = CliRunner().invoke(
        app, ["run", str(file), "--share", "0.01", *place, "--compose", "dutyclock-nowhere"]
    )
    assert containers.exit_code == 1
    assert "dutyclock-nowhere" in containers.output or "docker" in containers.output
