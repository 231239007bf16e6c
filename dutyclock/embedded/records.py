"""Small private files of the state folder: ports and passwords that are made once and remembered."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dutyclock.terminal import CannotStart


def read_record(path: Path) -> dict[str, Any]:
    """What was remembered, or nothing on the first start.

    Raises CannotStart when the file is damaged: a new password would not open the old data.
    """
    try:
        found: Any = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise CannotStart("record-unreadable", file=path, reason=problem) from problem
    if not isinstance(found, dict):
        raise CannotStart("record-unreadable", file=path, reason="no JSON object")
    return found  # pyright: ignore[reportUnknownVariableType]  # JSON of our own making


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Replace the file in one step, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(record, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
