"""Sets two drills of the same facts beside each other: what containers cost, for example."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drills.load.outcome import Outcome, Quantiles
from drills.load.report.messages import label, say
from dutyclock.terminal import Sentence

QUANTILES = ("p50", "p99")


class NotComparable(Exception):
    """Two drills that were told different facts; `sentence` says in what they differ."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence.en)


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both drills; either is None where that drill did not measure it."""

    name: str
    first: float | None
    second: float | None

    @property
    def ratio(self) -> float | None:
        """How many times the first the second is; None where that cannot be said."""
        if self.first is None or self.second is None or self.first == 0:
            return None
        return self.second / self.first


def compare(first: Outcome, second: Outcome) -> Sequence[Compared]:
    """Return throughput, request times and lateness of both.

    Raises NotComparable unless both were told the same facts at the same speed.
    """
    for what in ("scenario", "seed", "share", "speed"):
        one, other = getattr(first, what), getattr(second, what)
        if one != other:
            words = say(what)
            raise NotComparable(
                say("not-the-same-drill", what_zh=words.zh, what_en=words.en.lower(), one=one, other=other)
            )
    return [
        Compared(label("figure-rows-per-second"), first.rows_per_second, second.rows_per_second),
        *_latency(first, second),
        *_lateness(first, second),
    ]


def _latency(first: Outcome, second: Outcome) -> Iterator[Compared]:
    for route in sorted(first.latency.keys() | second.latency.keys()):
        one, other = (outcome.latency.get(route, Quantiles()) for outcome in (first, second))
        for quantile in QUANTILES:
            name = label("figure-latency", route=route, quantile=quantile)
            yield Compared(name, getattr(one, quantile), getattr(other, quantile))


def _lateness(first: Outcome, second: Outcome) -> Iterator[Compared]:
    for quantile in QUANTILES:
        name = label("figure-lateness", quantile=quantile)
        yield Compared(name, getattr(first.firing, quantile), getattr(second.firing, quantile))
