"""Counts days of stages and proofs 天数; what a day is, `shared/day_count.py` says.

Day 0 is the calendar day of the arrival, whatever its hour, and day N lies N days after it. A stage of n days
that begins with day 0 lasts through day n; the next begins on the day after and lasts through n days more
(`docs/decisions/0016`). Days beyond the calendar's first and last are those.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from shared.day_count import begins_at, day_number, day_of, number_of

__all__ = [
    "begins_at",
    "day_number",
    "day_of",
    "is_fresh",
    "is_within_days",
    "number_of",
    "proof_age",
    "reaches_into",
    "stage_days",
    "stage_spans",
]


def stage_spans(day_zero: date, lengths: Iterable[int]) -> list[tuple[date, date]]:
    """Return the first and last day of stages that follow one another, of so many days each.

    The first includes day 0 beside its own days, so that 14 + 7 + 7 ends with day 28.
    """
    return [(day_number(day_zero, first), day_number(day_zero, last)) for first, last in stage_days(lengths)]


def stage_days(lengths: Iterable[int]) -> list[tuple[int, int]]:
    """Return the numbers of the first and last day of stages that follow one another."""
    spans: list[tuple[int, int]] = []
    first, last = 0, 0
    for length in lengths:
        last += length
        spans.append((first, last))
        first = last + 1
    return spans


def is_within_days(began_on: date, day_zero: date, days: int) -> bool:
    """Tell whether a day lies less than so many days before day 0, or after it: 27 days of 28, not 28."""
    return number_of(began_on, day_zero) < days


def reaches_into(left_on: date, day_zero: date, days: int) -> bool:
    """Tell whether a stay lasted into the `days` days before day 0; the earliest of them counts."""
    return number_of(left_on, day_zero) <= days


def proof_age(sampled_at: datetime, at: datetime) -> timedelta:
    """Return how old a proof is at an instant, to the second, from its sampling.

    A day of a proof is 24 hours, not a calendar day: what was sampled at 09:00 is 3 days old at 09:00.
    """
    return at - sampled_at


def is_fresh(sampled_at: datetime, at: datetime, limit: timedelta) -> bool:
    """Tell whether a proof is not older than `limit` at an instant; exactly that age is good.

    What was sampled after the instant is no proof of it.
    """
    return timedelta() <= proof_age(sampled_at, at) <= limit
