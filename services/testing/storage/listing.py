"""Lists in pages: a window onto rows in the order of division and id, which no later statement changes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

BEFORE_ALL = ("", UUID(int=0))


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows a query reads: those of the subtree's `bounds` that follow `after`, `most` at most."""

    bounds: tuple[str, str]
    most: int
    after: tuple[str, UUID] = BEFORE_ALL

    def values(self) -> dict[str, Any]:
        """Return the parameters of a list query."""
        low, high = self.bounds
        division, id_ = self.after
        return {
            "low": low,
            "high": high,
            "after_division": division,
            "after_id": id_,
            "most": self.most,
        }
