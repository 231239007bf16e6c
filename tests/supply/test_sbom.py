"""The list of what the image is made of says what the lock file says, no more and no less."""

import json
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.settings import PROJECT

UV = PROJECT / ".tools" / "bin" / "uv"
Package = Mapping[str, Any]


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `make sbom` writes."""
    if not UV.exists():
        pytest.skip("cannot run here: uv was not installed by the Makefile")
    file: Path = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    makefile = (PROJECT / "Makefile").read_text("utf-8").splitlines()
    (recipe,) = [line for line in makefile if "$(UV) export" in line]
    arguments = recipe.partition("$(UV) ")[2].partition(" >")[0].replace("sbom.cdx.json", str(file)).split()
    done = subprocess.run([UV, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    if "invalid value 'cyclonedx1.5'" in done.stderr:
        pytest.skip("cannot run here: this uv writes no CycloneDX")
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text("utf-8"))


@pytest.fixture(scope="module")
def lock() -> Sequence[Package]:
    return tomllib.loads((PROJECT / "uv.lock").read_text("utf-8"))["package"]


def needed(lock: Sequence[Package]) -> set[tuple[str, str]]:
    """Every package that the platform stands on, wherever it runs, by walking the lock file."""
    found: set[tuple[str, str]] = set()
    walked: set[tuple[str, str | None, tuple[str, ...]]] = set()
    waiting: list[Mapping[str, Any]] = [{"name": "dutyclock"}]
    while waiting:
        wanted = waiting.pop()
        extras = tuple(wanted.get("extra", ()))
        mark = (wanted["name"], wanted.get("version"), extras)
        if mark in walked:
            continue
        walked.add(mark)
        for package in lock:
            if package["name"] == wanted["name"] and wanted.get("version") in (None, package["version"]):
                found.add((package["name"], package["version"]))
                waiting += package.get("dependencies", [])
                for extra in extras:
                    waiting += package.get("optional-dependencies", {}).get(extra, [])
    return found


def test_it_lists_what_the_lock_file_needs_and_nothing_else(
    bill: dict[str, Any], lock: Sequence[Package]
) -> None:
    listed = {(one["name"], one["version"]) for one in bill["components"]}
    listed.add((bill["metadata"]["component"]["name"], bill["metadata"]["component"]["version"]))
    assert listed == needed(lock)
    assert "pytest" not in {name for name, _ in listed}


def test_it_is_cyclonedx_whose_references_lead_somewhere(
    bill: dict[str, Any], lock: Sequence[Package]
) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill["serialNumber"].startswith("urn:uuid:")
    known = {one["bom-ref"] for one in [*bill["components"], bill["metadata"]["component"]]}
    assert len(known) == len(bill["components"]) + 1
    for edge in bill["dependencies"]:
        assert {edge["ref"], *edge.get("dependsOn", [])} <= known
    for one in bill["components"]:
        assert one["type"] == "library"
        assert one["purl"].startswith(f"pkg:pypi/{one['name']}@{one['version']}")


def test_every_hash_is_one_of_the_lock_file(bill: dict[str, Any], lock: Sequence[Package]) -> None:
    locked = {
        part["hash"].removeprefix("sha256:")
        for package in lock
        for part in [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    }
    hashes = [
        hash_["content"]
        for one in bill["components"]
        for place in one.get("externalReferences", [])
        for hash_ in place.get("hashes", [])
    ]
    assert len(hashes) > len(bill["components"])
    assert set(hashes) <= locked
