"""The overlays as kubectl builds them, and what tests ask of them."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dutyclock.services import PROJECT

FOLDER = PROJECT / "deploy" / "k8s"
OVERLAYS = ("district", "municipality")
OURS = "ghcr.io/dutyclock/dutyclock"

Resource = dict[str, Any]


@cache
def build(overlay: str) -> tuple[Resource, ...]:
    """All resources of an overlay."""
    kubectl = Path(sys.executable).with_name("kubectl")
    done = subprocess.run(
        [kubectl, "kustomize", FOLDER / "overlays" / overlay],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "kustomize warns of nothing"
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(overlay: str, *kinds: str) -> list[Resource]:
    return [resource for resource in build(overlay) if resource["kind"] in kinds]


def one(overlay: str, kind: str, name: str) -> Resource:
    """The resource of that name; a generated ConfigMap's suffix is left aside."""
    found = [
        resource
        for resource in of_kind(overlay, kind)
        if resource["metadata"]["name"] == name
        or (kind == "ConfigMap" and resource["metadata"]["name"].rpartition("-")[0] == name)
    ]
    assert len(found) == 1, f"{kind} {name}: {len(found)}"
    return found[0]


@dataclass(frozen=True, slots=True)
class Workload:
    """What makes pods, and the pods that it makes."""

    kind: str
    name: str
    spec: Mapping[str, Any]

    @property
    def labels(self) -> Mapping[str, str]:
        return self.spec["template"]["metadata"]["labels"]

    @property
    def pod(self) -> Mapping[str, Any]:
        return self.spec["template"]["spec"]

    @property
    def container(self) -> Mapping[str, Any]:
        (container,) = self.pod["containers"]
        return container

    @property
    def is_ours(self) -> bool:
        return self.container["image"].rpartition(":")[0] == OURS

    def environment(self, overlay: str) -> dict[str, str]:
        """What its process finds in the environment, but for secrets."""
        found: dict[str, str] = {}
        for source in self.container.get("envFrom", []):
            name = source["configMapRef"]["name"]
            found |= next(
                resource["data"]
                for resource in of_kind(overlay, "ConfigMap")
                if resource["metadata"]["name"] == name
            )
        return found | {one["name"]: one.get("value", "") for one in self.container.get("env", [])}

    def mounted(self) -> Iterator[tuple[str, str, str]]:
        """Each file that is projected from a Secret or ConfigMap: kind, name, entry; `*` is all of them."""
        for volume in self.pod.get("volumes", []):
            for source in volume.get("projected", {}).get("sources", []):
                for kind, place in source.items():
                    entries = [item["key"] for item in place.get("items", [])] or ["*"]
                    yield from ((kind, place["name"], entry) for entry in entries)


def workloads(overlay: str) -> list[Workload]:
    return [
        Workload(resource["kind"], resource["metadata"]["name"], resource["spec"])
        for resource in of_kind(overlay, "Deployment", "StatefulSet", "Job")
    ]


def workload(overlay: str, name: str) -> Workload:
    return next(each for each in workloads(overlay) if each.name == name)
