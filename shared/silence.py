"""The silence 静默 of who usually reports, a sentinel or a laboratory: how likely is it by chance?

The habit is seen from days with and without a report, up to the last day with one. How likely a day has a
report is not known from so few days, so it is averaged over all that the habit allows (a uniform prior; the
beta-binomial law): after `k` days with a report of `n`, the chance of `d` quiet days in a row is

    product of (n - k + 1 + i) / (n + 2 + i) for i = 0 … d - 1

which falls fast for who reports every day and slowly for who reports now and then. All days are those of
Asia/Shanghai (渝肺炎组发〔2021〕1号 sentinel sentence, and §7 for laboratories).
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from shared.day_count import day_number, number_of
from shared.policy.surveillance import SilenceLaw

DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Habit:
    """On how many of how many days there was a report."""

    reports: int
    days: int


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence that is hardly chance."""

    quiet_since: date
    """The first day without a report."""
    quiet_days: int
    habit: Habit


def chance_of_quiet(habit: Habit, days: int) -> float:
    """Return how likely so many days in a row without a report are, by chance and with that habit."""
    chance = 1.0
    for day in range(days):
        chance *= (habit.days - habit.reports + 1 + day) / (habit.days + 2 + day)
    return chance


def habit_of(
    report_days: AbstractSet[date], open_since: date, declared_days_per_week: int | None, law: SilenceLaw
) -> Habit | None:
    """Return the habit that was shown or, until then, declared; None when there is neither."""
    if report_days:
        last = max(report_days)
        first = max(min(open_since, *report_days), day_number(last, 1 - law.look_back_days))
        days = number_of(first, last) + 1
        if days >= law.least_history_days:
            return Habit(sum(day >= first for day in report_days), days)
    if declared_days_per_week is None:
        return None
    declared = law.look_back_days * declared_days_per_week // DAYS_OF_A_WEEK
    return Habit(declared, law.look_back_days)


def silence_on(
    today: date,
    report_days: AbstractSet[date],
    *,
    open_since: date,
    declared_days_per_week: int | None,
    law: SilenceLaw,
) -> Silence | None:
    """Return the silence that lasts through the day before `today`; None when there is nothing to notice.

    `report_days` holds the days with a report, of the look-back at least. The day on which it opened
    is not held against it, nor is today, which is not over.
    """
    habit = habit_of(report_days, open_since, declared_days_per_week, law)
    if habit is None or habit.reports < law.least_report_days:
        return None
    quiet_since = day_number(max(report_days | {open_since}), 1)
    quiet_days = number_of(quiet_since, today)
    if quiet_days < 1 or chance_of_quiet(habit, quiet_days) * 1000 > law.chance_per_mille:
        return None
    return Silence(quiet_since, quiet_days, habit)
