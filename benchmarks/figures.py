"""A measured figure, the limit that it is held against, and what was aimed for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal


@dataclass(frozen=True, slots=True)
class Aim:
    """What is aimed for: a share of the limit (`ratio`), or a value; at least, or at most."""

    kind: Literal["ratio at least", "ratio at most", "value at least", "value at most"]
    number: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report: measured in rounds, so that the noise of a shared machine shows.

    `values` and `limits` belong together round by round; the ratio is the median of the rounds' ratios,
    because both of a round saw the same noise.
    """

    name: str
    unit: str
    values: Sequence[float]
    limit_name: str = ""
    limits: Sequence[float] = ()
    aim: Aim | None = None
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def limit(self) -> float | None:
        """The median of the limit's rounds, or None where no limit was measured."""
        return median(self.limits) if self.limits else None

    @property
    def ratio(self) -> float | None:
        """The share of the limit that is reached, or None where no limit was measured."""
        if not self.limits:
            return None
        if len(self.limits) != len(self.values):
            return self.value / median(self.limits)
        return median(value / limit for value, limit in zip(self.values, self.limits, strict=True))

    @property
    def spread(self) -> float:
        """How far the rounds lie apart, as a share of their median."""
        return (max(self.values) - min(self.values)) / self.value if self.value else 0.0

    @property
    def reached(self) -> bool | None:
        """Whether the aim is reached, or None where none is set."""
        if self.aim is None:
            return None
        if self.aim.kind == "value at most":
            return self.value <= self.aim.number
        if self.aim.kind == "value at least":
            return self.value >= self.aim.number
        if self.ratio is None:
            return False
        if self.aim.kind == "ratio at most":
            return self.ratio <= self.aim.number
        return self.ratio >= self.aim.number


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of `values` lie; no interpolation."""
    if not values:
        raise ValueError("no values were measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
