"""Reporting days: which day it is, when it began, and when the next one begins (town §3, city §3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from shared.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class ReportingDay:
    """A reporting day, named by the date on which it ends, from `begins_at` to `ends_at`."""

    day: date
    begins_at: datetime
    ends_at: datetime


def reporting_day(day: date, at: time) -> ReportingDay:
    """Return the reporting day that ends at wall time `at` of `day` in Asia/Shanghai."""
    return ReportingDay(
        day=day,
        begins_at=datetime.combine(day - timedelta(days=1), at, SHANGHAI).astimezone(UTC),
        ends_at=datetime.combine(day, at, SHANGHAI).astimezone(UTC),
    )


def current_day(at: time, now: datetime) -> ReportingDay:
    """Return the reporting day that `now` falls into; at its last instant the next one has begun."""
    local = now.astimezone(SHANGHAI)
    today = reporting_day(local.date(), at)
    return today if now < today.ends_at else reporting_day(local.date() + timedelta(days=1), at)


def days_to_open(last: date | None, at: time, now: datetime) -> Iterator[ReportingDay]:
    """Give the days that have begun since `last` was opened, oldest first.

    Days that began and ended while everything was down are among them: what was not reported then is
    overdue, not forgotten. Where no day was ever opened only the current one is given.
    """
    current = current_day(at, now)
    day = current.day if last is None else last + timedelta(days=1)
    while day <= current.day:
        yield reporting_day(day, at)
        day += timedelta(days=1)
