"""When a campaign will be done, with a band, from the pace of its last hours; town §6, city §5.

Hours are counted in which the work could go on: points open, or tubes waiting at laboratories. What the next
n of them bring is n times the mean of the last m, uncertain by their spread and by having seen only m.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from math import ceil, floor, sqrt
from statistics import NormalDist

from services.testing.rules.campaigns.counting import hour_of
from shared.clock import SHANGHAI
from shared.policy.campaigns import ForecastLaw

HOUR = timedelta(hours=1)
FARTHEST_HOURS = 60 * 24
"""What lies more than 60 days ahead is no finish."""

Opening = tuple[time, time]


class Standing(StrEnum):
    """How a campaign stands against its limit."""

    UNKNOWN = "unknown"
    """Too little was done yet to tell."""
    ON_TRACK = "on-track"
    BEHIND = "behind"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """What was done, hour by hour, and how many are to be tested."""

    people: int
    started_at: datetime
    due_at: datetime
    sampled: Mapping[datetime, int]
    """People by hour; hours without any are absent."""
    arrived: Mapping[datetime, int]
    resulted: Mapping[datetime, int]


@dataclass(frozen=True, slots=True)
class Band:
    """A foretold instant: earliest, middle, latest; None is not in sight."""

    low: datetime | None
    middle: datetime | None
    high: datetime | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """When everybody will be sampled and everybody have a result, and how that stands to the limit."""

    standing: Standing
    sampled: Band | None
    """None while nothing can be foretold."""
    resulted: Band | None
    sampled_per_hour: float | None
    resulted_per_hour: float | None


def foretell(
    progress: Progress,
    law: ForecastLaw,
    *,
    openings: Sequence[Opening],
    way: timedelta,
    turnaround: timedelta,
    now: datetime,
) -> Forecast:
    """Return the forecast.

    `openings` are the hours in which points are open; none means around the clock. `way` is how long a tube
    takes from sampling to its result when nothing waits, `turnaround` the part of it in the laboratory.
    """
    sampled, resulted = sum(progress.sampled.values()), sum(progress.resulted.values())
    if resulted >= progress.people:
        return Forecast(Standing.DONE, None, None, None, None)
    opened = _open_share(openings)
    hands = _pace(progress.sampled, _sampling_hours(progress, opened, now), law)
    bench = _pace(progress.resulted, _working_hours(progress, turnaround, now), law)
    left = progress.people - sampled
    sampling = _band(left, hands, opened, law, now) if hands else None
    if left <= 0:
        sampling = Band(now, now, now)
    testing = _band(progress.people - resulted, bench, lambda _: 1.0, law, now) if bench else None
    finish = _later(sampling, testing, way) if left > 0 else testing
    return Forecast(
        _standing(finish, progress, now),
        sampling,
        finish,
        hands and hands.mean,
        bench and bench.mean,
    )


@dataclass(frozen=True, slots=True)
class _Pace:
    mean: float
    """People an hour."""
    variance: float
    hours: int

    def hours_for(self, people: int, share: float) -> float | None:
        """Return in how many hours so many are done with a probability of `share`; None for never."""
        if people <= 0:
            return 0.0
        if self.mean <= 0:
            return None
        z = NormalDist().inv_cdf(share)

        def is_done(hours: float) -> bool:
            spread = sqrt(self.variance * (hours + hours * hours / self.hours))
            return self.mean * hours - people >= z * spread

        low, high = 0.0, float(FARTHEST_HOURS)
        if not is_done(high):
            return None
        while high - low > 1e-3:
            middle = (low + high) / 2
            low, high = (low, middle) if is_done(middle) else (middle, high)
        return high


def _pace(done: Mapping[datetime, int], hours: Sequence[datetime], law: ForecastLaw) -> _Pace | None:
    """Return the pace of the last of these hours; None with fewer than the policy asks for."""
    seen = [done.get(hour, 0) for hour in hours][-max(1, law.look_back // HOUR) :]
    if len(seen) < law.least // HOUR:
        return None
    mean = sum(seen) / len(seen)
    spread = sum((one - mean) ** 2 for one in seen) / (len(seen) - 1) if len(seen) > 1 else mean
    return _Pace(mean, max(spread, mean), len(seen))


def _sampling_hours(
    progress: Progress, opened: Callable[[datetime], float], now: datetime
) -> Sequence[datetime]:
    """Return the whole hours up to now in which points were open, or somebody sampled all the same."""
    return [hour for hour in _hours(progress, now) if opened(hour) > 0.5 or progress.sampled.get(hour, 0) > 0]


def _working_hours(progress: Progress, turnaround: timedelta, now: datetime) -> Sequence[datetime]:
    """Return the whole hours up to now at whose beginning results were owed, or that brought one.

    A result is owed from the end of the hour on in which the tube arrived, and the turnaround after it.
    """
    found: list[datetime] = []
    owed, lag = 0, (ceil(turnaround / HOUR) + 1) * HOUR
    for hour in _hours(progress, now):
        owed += progress.arrived.get(hour - lag, 0)
        done = progress.resulted.get(hour, 0)
        if owed > 0 or done:
            found.append(hour)
        owed -= done
    return found


def _first_hour(progress: Progress) -> datetime:
    """Return the first whole hour of the campaign; one that began before it is left out."""
    return hour_of(progress.started_at + HOUR - timedelta(microseconds=1))


def _hours(progress: Progress, now: datetime) -> Sequence[datetime]:
    """Return the whole hours from the beginning on that are over."""
    first = _first_hour(progress)
    return [first + number * HOUR for number in range(max(0, floor((now - first) / HOUR)))]


def _open_share(openings: Sequence[Opening]) -> Callable[[datetime], float]:
    """Return what share of an hour some point is open."""
    shares = [0.0] * 24
    for opens, closes in openings:
        begin = opens.hour + opens.minute / 60
        lasts = (closes.hour + closes.minute / 60 - begin) % 24 or 24.0
        for step in range(ceil(lasts) + 1):
            hour = floor(begin) + step
            within = min(begin + lasts, hour + 1) - max(begin, hour)
            shares[hour % 24] = max(shares[hour % 24], min(1.0, within))
    if not openings:
        shares = [1.0] * 24
    return lambda at: shares[at.astimezone(SHANGHAI).hour]


def _band(
    people: int, pace: _Pace, opened: Callable[[datetime], float], law: ForecastLaw, now: datetime
) -> Band:
    low, high = law.band
    found = [pace.hours_for(people, share) for share in (low, law.behind_at, high)]
    return Band(*(None if hours is None else _after(hours, opened, now) for hours in found))


def _after(hours: float, opened: Callable[[datetime], float], now: datetime) -> datetime | None:
    """Return the instant at which so many hours of work are over, counting open ones only."""
    at, left = now, hours
    for _ in range(FARTHEST_HOURS):
        ends = hour_of(at) + HOUR
        share = opened(at)
        here = (ends - at) / HOUR * share
        if here >= left:
            return at + HOUR * (left / share if share else 0.0)
        at, left = ends, left - here
    return None


def _later(sampling: Band | None, testing: Band | None, way: timedelta) -> Band | None:
    """Return when results are there: after the last sample's way, and not before laboratories are done."""
    if sampling is None:
        return None

    def later(sampled: datetime | None, tested: datetime | None) -> datetime | None:
        if sampled is None or (testing is not None and tested is None):
            return None
        return sampled + way if tested is None else max(sampled + way, tested)

    tested = testing or Band(None, None, None)
    return Band(
        later(sampling.low, tested.low),
        later(sampling.middle, tested.middle),
        later(sampling.high, tested.high),
    )


def _standing(finish: Band | None, progress: Progress, now: datetime) -> Standing:
    if now > progress.due_at:
        return Standing.BEHIND
    if finish is None:
        return Standing.UNKNOWN
    late = finish.middle is None or finish.middle > progress.due_at
    return Standing.BEHIND if late else Standing.ON_TRACK
