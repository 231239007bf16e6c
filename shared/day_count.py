"""Counts days 天数: the one module that does, in Asia/Shanghai, where the notices count.

Day 0 is the calendar day of what is counted from, whatever its hour, and day N lies N days after it. Days
beyond the calendar's first and last are those.
"""

from datetime import UTC, date, datetime, time

from shared.clock import SHANGHAI

_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()


def day_of(instant: datetime) -> date:
    """Return the calendar day in Asia/Shanghai in which an instant lies; a new one begins at 00:00:00.

    Raises ValueError for an instant without a zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant must carry a time zone")
    try:
        return instant.astimezone(SHANGHAI).date()
    except OverflowError:
        return date.max if instant.year > 1 else date.min


def begins_at(day: date) -> datetime:
    """Return the instant, in UTC, at which a day begins in Asia/Shanghai."""
    try:
        return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def day_number(day_zero: date, number: int) -> date:
    """Return day `number`, counted from day 0; a negative number lies before it."""
    return date.fromordinal(min(max(day_zero.toordinal() + number, _FIRST), _LAST))


def number_of(day_zero: date, day: date) -> int:
    """Return which day of the count a day is: 0 on day 0, negative before it."""
    return day.toordinal() - day_zero.toordinal()
