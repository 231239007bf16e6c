"""When a day's rate of a laboratory departs from its habit 质量漂移: the share of positives or of invalid.

The habit is the days before. How likely a result is positive is not known from them, so it is averaged
over all that they allow (a uniform prior; the beta-binomial law, as for silence in `shared/silence.py`).
Days differ more than the binomial law lets them, by who comes to be tested: all counts are divided by that
scatter, Pearson's chi-square for each degree of freedom, where it is above 1 (quasi-likelihood; McCullagh and
Nelder, Generalized Linear Models, 1989, §4.5). The policy says how unlikely a day must be (city §7, decided).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.policy.laboratories import DriftLaw

NEGLIGIBLE = 1e-12


@dataclass(frozen=True, slots=True)
class DayCount:
    """Of so many results of a day so many were found: positive, or invalid."""

    day: date
    results: int
    found: int


@dataclass(frozen=True, slots=True)
class Drift:
    """A day that hardly fits the habit."""

    day: DayCount
    usual_share: float
    """What the days before let expect."""
    scatter: float
    """How much more than by chance alone those days differ from one another; 1 when not at all."""
    chance: float
    """How likely a day departs so far, to either side."""


def drift_on(day: DayCount, before: Sequence[DayCount], law: DriftLaw) -> Drift | None:
    """Return how a day departs from the days before; None when it does not, or when too little is known."""
    habit = [one for one in before if one.results >= law.least_results]
    if len(habit) < law.least_history_days or day.results < law.least_results:
        return None
    scatter = scatter_of(habit)
    results, found = sum(one.results for one in habit), sum(one.found for one in habit)
    alpha = 1 + found / scatter
    beta = 1 + (results - found) / scatter
    chance = min(1.0, 2 * _tail(day.results / scatter, day.found / scatter, alpha, beta))
    if chance * 1_000_000 > law.chance_per_million:
        return None
    return Drift(day, alpha / (alpha + beta), scatter, chance)


def scatter_of(days: Sequence[DayCount]) -> float:
    """Return how much more days differ from one another than by chance alone; 1 at least."""
    results, found = sum(one.results for one in days), sum(one.found for one in days)
    share = found / results
    if len(days) < 2 or share in (0, 1):
        return 1.0
    squares = sum(
        (one.found - one.results * share) ** 2 / (one.results * share * (1 - share)) for one in days
    )
    return max(1.0, squares / (len(days) - 1))


def _tail(results: float, found: float, alpha: float, beta: float) -> float:
    """Return the smaller of the chances of so few and of so many; fractions round towards the habit."""
    whole = max(1, round(results))
    expected = whole * alpha / (alpha + beta)
    if found > expected:
        return _sum(whole, min(whole, math.floor(found)), alpha, beta, up=True)
    return _sum(whole, min(whole, math.ceil(found)), alpha, beta, up=False)


def _sum(whole: int, start: int, alpha: float, beta: float, *, up: bool) -> float:
    """Add the beta-binomial chances from `start` outwards until they are negligible."""
    chance = math.exp(_log_chance(whole, start, alpha, beta))
    total, at = chance, start
    while (at < whole if up else at > 0) and chance > NEGLIGIBLE * total:
        if up:
            chance *= (whole - at) * (alpha + at) / ((at + 1) * (beta + whole - at - 1))
            at += 1
        else:
            chance *= at * (beta + whole - at) / ((whole - at + 1) * (alpha + at - 1))
            at -= 1
        total += chance
    return min(1.0, total)


def _log_chance(whole: int, found: int, alpha: float, beta: float) -> float:
    return (
        math.lgamma(whole + 1)
        - math.lgamma(found + 1)
        - math.lgamma(whole - found + 1)
        + _log_beta(found + alpha, whole - found + beta)
        - _log_beta(alpha, beta)
    )


def _log_beta(one: float, other: float) -> float:
    return math.lgamma(one) + math.lgamma(other) - math.lgamma(one + other)
