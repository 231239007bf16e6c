"""Which platform a drill may break: containers that it was told of, or processes of this machine."""

from pathlib import Path

from drills.load.faults.containers import ContainerFaults
from drills.load.faults.injecting import Faults
from drills.load.faults.processes import ProcessFaults


def platform_to_break(state: Path, compose_project: str | None) -> Faults | None:
    """Return what breaks an installation that the drill has not started itself; None where nothing can."""
    if compose_project is not None:
        return ContainerFaults(compose_project)
    return ProcessFaults(state) if (state / "state.json").exists() else None
