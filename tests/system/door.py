"""A door that takes something, with a body that is good."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

Body = dict[str, Any]


@dataclass(frozen=True)
class Door:
    """A route that takes a body; `path` may name what was seeded, such as `{case}`."""

    service: str
    path: str
    body: Callable[[datetime], Body]
    instants: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    method: str = "POST"
    body_is_optional: bool = False


def a_mark() -> str:
    """A reference that nothing else carries."""
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:12])
    return f"r-{letters}-7"  # digits in a row may look like a telephone number, which is refused
