"""`rollout.sh`: migrations before services, and services untouched when a migration fails.

The cluster is the outside world here: a kubectl that notes what it is asked, and fails where it is told to.
"""

import os
import subprocess
from pathlib import Path

import pytest

from dutyclock.services import PROCESSES
from tests.kubernetes.manifests import FOLDER, OVERLAYS, build

KUBECTL = """#!/bin/sh
echo "$*" >> "$NOTES"
case "$*" in *"$FAILS"*) [ -z "$FAILS" ] || exit 1 ;; esac
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(KUBECTL, "ascii")
    kubectl.chmod(0o755)
    return tmp_path


def roll_out(cluster: Path, fails: str = "") -> tuple[int, list[str]]:
    """The exit code, and what kubectl was asked."""
    notes = cluster / "notes"
    done = subprocess.run(
        [FOLDER / "rollout.sh", FOLDER / "overlays" / "district"],
        env={**os.environ, "PATH": f"{cluster}:{os.environ['PATH']}", "NOTES": str(notes), "FAILS": fails},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode, notes.read_text("utf-8").splitlines()


def place(asked: list[str], *words: str) -> int:
    return next(number for number, line in enumerate(asked) if all(word in line for word in words))


def test_each_stage_waits_for_the_one_before(cluster: Path) -> None:
    code, asked = roll_out(cluster)
    assert code == 0
    stages = [
        place(asked, "apply", "notin"),
        place(asked, "wait", "postgres"),
        place(asked, "rollout status", "statefulset/nats"),
        place(asked, "delete job/migrations"),
        place(asked, "apply", "component=migrations"),
        place(asked, "wait", "Complete", "job/migrations"),
        place(asked, "apply", "in (service,auditor)"),
        *(place(asked, "rollout status", f"deployment/{process}") for process in PROCESSES),
        place(asked, "rollout status", "statefulset/alertmanager"),
        place(asked, "rollout status", "deployment/watchdog"),
    ]
    assert stages == sorted(stages)


def test_services_stay_as_they_are_when_a_migration_fails(cluster: Path) -> None:
    code, asked = roll_out(cluster, fails="--for=condition=Complete")
    assert code == 1
    assert not [line for line in asked if "in (service,auditor)" in line and "notin" not in line]
    assert place(asked, "logs", "job/migrations")


def test_nothing_is_migrated_on_a_database_that_is_not_ready(cluster: Path) -> None:
    code, asked = roll_out(cluster, fails="--for=condition=Ready")
    assert code == 1
    assert not [line for line in asked if "migrations" in line and "notin" not in line]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_resource_belongs_to_one_stage(overlay: str) -> None:
    stages: dict[str, set[str]] = {"services": set(), "migrations": set(), "foundation": set()}
    for resource in build(overlay):
        component = resource["metadata"].get("labels", {}).get("app.kubernetes.io/component")
        stage = {"service": "services", "auditor": "services", "migrations": "migrations"}.get(component)
        stages[stage or "foundation"].add(f"{resource['kind']}/{resource['metadata']['name']}")
    assert {f"Deployment/{process}" for process in PROCESSES} <= stages["services"]
    assert stages["migrations"] == {"Job/migrations", "ServiceAccount/migrations"}
    assert {
        "Namespace/dutyclock",
        "Cluster/postgres",
        "StatefulSet/nats",
        "StatefulSet/alertmanager",
        "Deployment/watchdog",
        "NetworkPolicy/nobody",
    } <= stages["foundation"]
