"""How much of the machine others took while something was measured."""

import resource
import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """A look at the processors: the time, seconds busy in all, and busy for this program and its children.

    Children count once they have ended, so both looks of a pair belong outside everything that was started.
    """

    at: float
    busy: float
    own: float

    @classmethod
    def now(cls) -> "Usage":
        """Take a look."""
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        own = sum(
            usage.ru_utime + usage.ru_stime
            for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )
        return cls(time.monotonic(), sum(times) - idle, own)

    def others_since(self, before: "Usage") -> float:
        """Return how many processors others kept busy between two looks, 0 to the number there are."""
        busy = (self.busy - before.busy) - (self.own - before.own)
        return max(0.0, busy / (self.at - before.at))
