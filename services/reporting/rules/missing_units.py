"""Who has not reported: a missing report is counted as missing, never as zero."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from shared.divisions import LEVELS, Division, Level


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many units of one level owe a report, and how many of them filed it."""

    units: int
    filed: int

    @property
    def missing(self) -> int:
        """How many have not filed."""
        return self.units - self.filed


def missing_units(units: Iterable[Division], filed: Collection[str]) -> list[Division]:
    """Return the units without a report, in the order of their codes."""
    return sorted((unit for unit in units if unit.code not in filed), key=lambda unit: unit.code)


def counts_by_level(units: Iterable[Division], filed: Collection[str]) -> Mapping[Level, LevelCount]:
    """Return the counts of each level that has units, from the top down."""
    totals: dict[Level, int] = dict.fromkeys(LEVELS, 0)
    reported: dict[Level, int] = dict.fromkeys(LEVELS, 0)
    for unit in units:
        totals[unit.level] += 1
        reported[unit.level] += unit.code in filed
    return {level: LevelCount(totals[level], reported[level]) for level in LEVELS if totals[level]}
