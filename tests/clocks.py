"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from shared.clock import Clock


class MovableClock(Clock):
    """World time that only `advance` and `set` change; `real_seconds` are as on an ordinary clock."""

    def __init__(self, now: datetime | None = None) -> None:
        super().__init__()
        self._now = now or datetime(2021, 2, 1, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, span: timedelta) -> datetime:
        """Move on (or back, with a negative span) and return the new time."""
        self._now += span
        return self._now

    def set(self, now: datetime) -> datetime:
        """Jump to an aware instant."""
        if now.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._now = now.astimezone(UTC)
        return self._now
