"""Risk levels of areas 风险等级, and the level that a stay was under (渡建胜肺炎组发〔2021〕2号 §8(2)).

A stay has the highest of the levels that its place had on any of its days. The level of an area covers all
that lies in it. When only a part of the place had a level (a township of a county, and the stay is known by
its county alone), the stay may have been there: it is given that level and marked `possible`, until a nearer
place is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.areas import covers
from shared.vocabulary import RiskLevel


@dataclass(frozen=True, slots=True)
class RiskPeriod:
    """The level that an area had from `since` to `until`, both included; open-ended without `until`."""

    area: str
    level: RiskLevel
    since: date
    until: date | None = None
    source: str = ""

    def overlaps(self, first: date, last: date) -> bool:
        """Tell whether any day of a span, both ends included, lies within."""
        return self.since <= last and (self.until is None or first <= self.until)


@dataclass(frozen=True, slots=True)
class RiskFound:
    """The level of a stay, whether that is only possible, and the periods that gave it."""

    level: RiskLevel
    possible: bool
    periods: tuple[RiskPeriod, ...]


NO_RISK = RiskFound(RiskLevel.LOW, possible=False, periods=())
"""What holds of a place that the register does not name."""


def level_of_stay(area: str, first: date, last: date, periods: Iterable[RiskPeriod]) -> RiskFound:
    """Return the highest level that an area had on any day from `first` to `last`, both included.

    A level that is certain is preferred to the same one that is only possible.
    """
    found = [
        (period, covers(period.area, area))
        for period in periods
        if period.overlaps(first, last) and (covers(period.area, area) or covers(area, period.area))
    ]
    if not found:
        return NO_RISK
    highest = max(period.level.rank for period, _ in found)
    giving = [(period, certain) for period, certain in found if period.level.rank == highest]
    certain = [period for period, is_certain in giving if is_certain]
    periods_kept = sorted(certain or [period for period, _ in giving], key=lambda one: (one.area, one.since))
    return RiskFound(periods_kept[0].level, not certain, tuple(periods_kept))
