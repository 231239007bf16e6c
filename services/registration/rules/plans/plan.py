"""A plan 管理方案 as the rules draw it: stages, tests and restrictions, with their days and who asks them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class StageDrawn:
    """A stretch of days of one kind, first and last day included."""

    position: int
    """From 0."""
    kind: str
    first_day: date
    last_day: date
    rules: tuple[str, ...]
    """The measures that ask for this kind on any of these days; none where it only bridges two others."""


@dataclass(frozen=True, slots=True)
class DueTest:
    """A test due on a day; one serves every measure that asks for one on that day."""

    due_on: date
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestrictionDrawn:
    """Something that must not be done from a day through another."""

    id: str
    first_day: date
    last_day: date
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanDrawn:
    """What the measures that fitted ask of a person, day by day."""

    day_zero: date
    stages: tuple[StageDrawn, ...]
    """Without a gap between them; the first begins on day 0, or where the first measure begins."""
    restrictions: tuple[RestrictionDrawn, ...]
    tests: tuple[DueTest, ...]
    """In the order of their days."""
    last_day: date
