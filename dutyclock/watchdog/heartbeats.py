"""When a heartbeat counts as lost, how often that is said, and when it is back, in monotonic seconds."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What there is to be said about a heartbeat."""

    LOST = "lost"
    STILL_LOST = "still-lost"
    BACK = "back"


@dataclass(slots=True)
class Heartbeat:
    """One heartbeat that is waited for."""

    name: str
    last_at: float
    """When it was last felt; at the start, when the waiting began."""
    told_at: float | None = None
    """When somebody was last told that it is lost; None while all is well."""

    def silent_seconds(self, now: float) -> float:
        """Return how long nothing has been felt."""
        return max(0.0, now - self.last_at)

    def change(self, now: float, *, silent_after: float, repeat_after: float) -> Change | None:
        """Return what must be said now, or None; what was said is noted with `told`."""
        if self.silent_seconds(now) < silent_after:
            return Change.BACK if self.told_at is not None else None
        if self.told_at is None:
            return Change.LOST
        return Change.STILL_LOST if now - self.told_at >= repeat_after else None

    def told(self, change: Change, now: float) -> None:
        """Note that somebody has been told."""
        self.told_at = None if change is Change.BACK else now


class Heartbeats:
    """All heartbeats that are waited for, by name."""

    def __init__(self, names: Iterable[str], now: float) -> None:
        self._by_name = {name: Heartbeat(name, now) for name in names}

    def beat(self, name: str, now: float) -> bool:
        """Note a heartbeat; False for one that nobody waits for."""
        heartbeat = self._by_name.get(name)
        if heartbeat is None:
            return False
        heartbeat.last_at = now
        return True

    def all(self) -> list[Heartbeat]:
        """Return every heartbeat, in the order in which they were named."""
        return list(self._by_name.values())
