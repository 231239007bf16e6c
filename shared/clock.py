"""The only reader of time: world time, which may run faster than real time during drills."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The zone in which days and wall times of the notices are counted and shown."""


class Clock:
    """World time as an origin and a rate, the same for all services of an installation.

    World time was `origin` when real time was `anchor`, and runs `rate` times as fast. Without an
    origin it is the machine's own time, which the operator keeps right (NTP); it follows corrections
    of that clock, in both directions, so nothing may rely on two readings being in order.
    """

    def __init__(
        self, origin: datetime | None = None, anchor: datetime | None = None, rate: float = 1.0
    ) -> None:
        """Raise ValueError for a rate of zero or below, or an instant without a zone."""
        if rate <= 0:
            raise ValueError("a clock's rate must be above zero")
        for instant in (origin, anchor):
            if instant is not None and instant.tzinfo is None:
                raise ValueError("a clock's origin and anchor must carry a time zone")
        self._anchor = (anchor or datetime.now(UTC)).astimezone(UTC)
        self._origin = (origin or self._anchor).astimezone(UTC)
        self.rate = rate

    def now(self) -> datetime:
        """Return the world's time, aware, in UTC."""
        return self._origin + (datetime.now(UTC) - self._anchor) * self.rate

    def world(self, real: datetime) -> datetime:
        """Return the world's time at a moment of real time, aware, in UTC."""
        return self._origin + (real - self._anchor) * self.rate

    def real_seconds(self, span: timedelta) -> float:
        """Return how many real seconds a span of world time takes, never below zero."""
        return max(0.0, span.total_seconds() / self.rate)
