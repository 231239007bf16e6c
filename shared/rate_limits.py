"""How many calls a caller may make: a steady rate with room for a burst, counted in each process.

The generic cell rate algorithm in thirty lines: one number for each caller, an exact `Retry-After`, nothing
to expire by a timer. Litestar's own limiter keeps its counts in a store behind a lock and a codec, and
`limits` starts a thread for its expiry; both cost more than all the rest of our admission.
"""

import time
from collections.abc import Callable
from math import ceil

from shared.errors import RateLimited


class RateLimit:
    """Allows each caller `per_minute` calls a minute, `burst` at once (by default all); zero: no limit."""

    def __init__(
        self,
        per_minute: int,
        *,
        burst: int | None = None,
        largest_table: int = 50_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval = 60.0 / per_minute if per_minute > 0 else 0.0
        self._tolerance = self._interval * (burst or per_minute)
        self._largest_table = largest_table
        self._monotonic = monotonic
        self._empty_at: dict[str, float] = {}

    def __len__(self) -> int:
        """Return how many callers are being counted."""
        return len(self._empty_at)

    def take(self, caller: str) -> None:
        """Count one call; raises RateLimited with the seconds after which the next one fits."""
        if not self._interval:
            return
        now = self._monotonic()
        empty_at = max(self._empty_at.get(caller, 0.0), now) + self._interval
        if empty_at - now > self._tolerance + 1e-9:
            wait = ceil(empty_at - now - self._tolerance)
            raise RateLimited("Too many calls; slow down.", retry_after_seconds=max(1, wait))
        if len(self._empty_at) >= self._largest_table:
            self._forget(now)
        self._empty_at[caller] = empty_at

    def _forget(self, now: float) -> None:
        """Drop callers whose burst is whole again; if all are busy, start anew rather than grow."""
        self._empty_at = {caller: at for caller, at in self._empty_at.items() if at > now}
        if len(self._empty_at) >= self._largest_table:
            self._empty_at = {}
