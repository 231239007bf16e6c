"""What is left to chance in a drill: moments of arrival and delays of people, drawn from the seed."""

import random
from datetime import timedelta
from math import exp, log

from drills.load.scenario import Arriving, Behaviour

LATER = timedelta(minutes=10)
"""Within what time repetitions come, and whatever changed places with what came later."""
A_MINUTE = timedelta(minutes=1)


def moment(dice: random.Random, arriving: Arriving) -> timedelta:
    """Return when a fact of a stream happens: a whole second, counted from the drill's start."""
    lasts = arriving.lasts.total_seconds()
    peak = (arriving.peak_at - arriving.begins).total_seconds() if arriving.peak_at is not None else 0.0
    if arriving.pattern == "peak":
        above = (arriving.peak_factor - 1) / 2  # a triangle on a rectangle: their areas are as this to one
        in_peak = dice.random() < above / (1 + above)
        seconds = dice.triangular(0, lasts, peak) if in_peak else dice.random() * lasts
    elif arriving.pattern == "burst":
        in_burst = dice.random() < arriving.peak_factor * A_MINUTE.total_seconds() / lasts
        width = min(A_MINUTE.total_seconds(), lasts - peak)
        seconds = peak + dice.random() * width if in_burst else dice.random() * lasts
    else:
        seconds = dice.random() * lasts
    return arriving.begins + timedelta(seconds=int(min(seconds, lasts - 1)))


def delay(dice: random.Random, behaviour: Behaviour) -> timedelta | None:
    """Return after what time somebody does it, in whole seconds; None for who never does."""
    never = dice.random() < behaviour.never
    seconds = exp(log(behaviour.median.total_seconds()) + behaviour.sigma * dice.gauss(0, 1))
    return None if never else timedelta(seconds=max(1, int(seconds)))


def a_little_later(dice: random.Random) -> timedelta:
    """Return how much later a repetition comes, or what changed places."""
    return timedelta(seconds=dice.randrange(1, int(LATER.total_seconds())))


def how_many(count: int, share: float) -> int:
    """Return how many take part of so many; never nobody."""
    return max(1, round(count * share))
