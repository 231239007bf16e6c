"""Shell scripts and the Dockerfile, read by the linters that know their pitfalls."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.settings import PROJECT

BIN = Path(sys.executable).parent


def shell_scripts() -> list[Path]:
    candidates = [path for folder in ("deploy", ".ci") for path in (PROJECT / folder).rglob("*")]
    return sorted(path for path in candidates if path.is_file() and _is_shell(path.read_bytes()[:60]))


def _is_shell(beginning: bytes) -> bool:
    return beginning.startswith((b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash"))


@pytest.mark.parametrize("script", shell_scripts(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_shellcheck_finds_nothing(script: Path) -> None:
    done = subprocess.run([BIN / "shellcheck", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_scripts_of_compose_are_among_them() -> None:
    names = {path.name for path in shell_scripts()}
    assert {"backup", "restore", "start.sh", "keep-wal.sh", "run"} <= names


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [BIN / "hadolint", PROJECT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_dockerfile_is_plain() -> None:
    text = (PROJECT / "Dockerfile").read_text("utf-8")
    assert "# syntax" not in text
    assert "--mount" not in text
    assert "\nUSER 10001" in text
    assert "\nHEALTHCHECK" in text
