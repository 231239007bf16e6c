"""docker-compose.yml as the tests read it: merged, with every variable at its default."""

import re
from pathlib import Path
from typing import Any

import yaml

from shared.settings import PROJECT

FILE = PROJECT / "docker-compose.yml"
_VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?::?-(?P<default>[^}]*))?\}")
ONE_SHOTS = frozenset({"prepare", "migrate", "operator", "drill"})
OURS = frozenset({"registration", "testing", "alerts", "reporting", "auditor"})


def read_compose(path: Path = FILE) -> dict[str, Any]:
    """The file with its variables filled in."""
    return yaml.safe_load(_VARIABLE.sub(lambda found: found["default"] or "", path.read_text("utf-8")))


def variables(path: Path = FILE) -> set[str]:
    """The names of all variables that the file takes from its environment."""
    return {found["name"] for found in _VARIABLE.finditer(path.read_text("utf-8"))}
