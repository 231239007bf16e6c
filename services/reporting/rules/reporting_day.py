"""The reporting day: from one day's hour to the next day's, named by the date on which it ends (town §3).

The hour is the policy's (`ends`, a wall time in Asia/Shanghai; 17:00 in the notices). The day is open at
its beginning and closed at its end: what is received at exactly 17:00:00 belongs to the day that ends then.
"""

from datetime import UTC, date, datetime, time, timedelta

from shared.clock import SHANGHAI
from shared.errors import FieldProblem, InvalidInput

OLDEST = timedelta(days=31)
"""How far back a day may lie that is still filed or corrected."""


def day_of(instant: datetime, ends: time) -> date:
    """Return the reporting day that an instant falls into."""
    local = instant.astimezone(SHANGHAI)
    return local.date() if local.time() <= ends else local.date() + timedelta(days=1)


def due_at(day: date, ends: time) -> datetime:
    """Return the last instant at which a report of `day` is on time, in UTC."""
    return datetime.combine(day, ends, SHANGHAI).astimezone(UTC)


def is_on_time(day: date, received_at: datetime, ends: time) -> bool:
    """Tell whether a report of `day` was received on time: at exactly the hour it still is."""
    return received_at <= due_at(day, ends)


def problems_of_day(day: date, now: datetime, ends: time) -> list[FieldProblem]:
    """Return why no report of `day` can be taken now: it has not begun, or lies more than 31 days back."""
    today = day_of(now, ends)
    if day > today:
        return [_not_begun(today)]
    if today - day > OLDEST:
        return [FieldProblem("day", f"lies more than {OLDEST.days} days back; the reporting day is {today}")]
    return []


def refuse_day_not_begun(day: date, now: datetime, ends: time) -> None:
    """Raise InvalidInput for a day that has not begun: nobody can be missing from it."""
    today = day_of(now, ends)
    if day > today:
        raise InvalidInput("The day has not begun.", problems=[_not_begun(today)])


def _not_begun(today: date) -> FieldProblem:
    return FieldProblem("day", f"has not begun; the reporting day is {today}")
