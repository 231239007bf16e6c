"""Programs of Prometheus' own that some tests need; a machine without them is excused, CI installs them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from shared.settings import PROJECT

EXCUSE = "cannot run here: "


def program(*names: str) -> str:
    """Return the path of the first program there is; skips the test where none is installed."""
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.skip(f"{EXCUSE}{names[0]} is not installed (Debian: prometheus, prometheus-alertmanager)")


def succeeds(*command: str | Path) -> None:
    """Run a command in the project's folder and fail with what it says."""
    done = subprocess.run([str(part) for part in command], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
