"""No secret stands in the project: a scanner looks through its files, and finds one that is planted."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dutyclock.containers.authority import make_authority
from shared.api_keys import new_key
from shared.settings import PROJECT

KINGFISHER = Path(sys.executable).parent / "kingfisher"
CACHES = (".hypothesis", ".pytest_cache", ".ruff_cache", ".import_linter_cache", ".schemathesis")
EXCLUDED = (".git", ".venv", ".tools", "var", "secrets", "backups", "results", "dist", *CACHES)
OPTIONS = (
    "--no-validate",
    "--git-history",
    "none",
    "--no-update-check",
    "--no-rule-cache",
    "--format",
    "json",
)


def findings(folder: Path, rules: Path) -> list[tuple[str, str]]:
    """The name of the rule and the file of everything that looks like a secret."""
    if not KINGFISHER.exists():
        pytest.skip("cannot run here: there is no kingfisher for this system")
    excluded = [part for name in EXCLUDED for part in ("--exclude", name)]
    done = subprocess.run(
        [KINGFISHER, "scan", folder, *OPTIONS, "--rules-path", rules, *excluded],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    first = done.stdout.partition("\n")[0]
    assert first.startswith("{"), done.stderr
    report: dict[str, Any] = json.loads(first)
    assert report["metadata"]["summary"]["blobs_scanned"] > 0, done.stderr
    return [(one["rule"]["description"], one["finding"]["path"]) for one in report["findings"]]


RULES = PROJECT / "tests" / "supply" / "rules"


def test_there_is_none_in_the_project() -> None:
    assert findings(PROJECT, RULES) == []


def test_a_planted_one_is_found_and_so_is_one_of_ours(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(make_authority("planted", now=datetime.now(UTC)).key)
    (tmp_path / "notes.md").write_text(f"export KEY={new_key()}\n", "utf-8")
    found = findings(tmp_path, RULES)
    assert {Path(file).name for _, file in found} == {"key.pem", "notes.md"}, found
    assert ("Dutyclock API key", str(tmp_path / "notes.md")) in found
