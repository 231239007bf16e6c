"""Registers and law are read once in a process, while their files stay as they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

_Held = TypeVar("_Held")
_held: dict[tuple[Callable[[Path], Any], Path], tuple[object, Any]] = {}


def read_once(read: Callable[[Path], _Held], path: Path) -> _Held:
    """Return what `read` makes of a file or folder, read again only after something in it has changed.

    Whoever asks gets the same object, so it must be one that nobody changes. Raises what `read` raises.
    """
    found, key = _state(path), (read, path.resolve())
    if key not in _held or _held[key][0] != found:
        _held[key] = (found, read(path))
    return cast("_Held", _held[key][1])


def _state(path: Path) -> object:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.exists())
