"""When a plan goes on to its next stage 阶段转换: by itself, at 00:00 of its first day (Asia/Shanghai)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.registration.rules.day_count import begins_at


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a plan as it is on record; first and last day included."""

    position: int
    kind: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class StageChange:
    """A plan's step from one stage to the next."""

    before: Stage
    after: Stage

    def late(self, now: datetime) -> timedelta:
        """Return how long after the beginning of the stage's first day `now` is."""
        return max(timedelta(), now - begins_at(self.after.first_day))

    def leaves(self, kinds: Sequence[str]) -> bool:
        """Tell whether a stage of one of these kinds ends and one of another kind begins."""
        return self.before.kind in kinds and self.after.kind not in kinds


def changes_due(stages: Sequence[Stage], position: int, today: date) -> list[StageChange]:
    """Return the changes that are due by a day, one after the other: none is skipped, however late it is.

    `position` is that of the present stage.
    """
    ordered = sorted(stages, key=lambda stage: stage.position)
    present = next((index for index, stage in enumerate(ordered) if stage.position == position), None)
    if present is None:
        return []
    changes: list[StageChange] = []
    for before, after in zip(ordered[present:], ordered[present + 1 :], strict=False):
        if after.first_day > today:
            break
        changes.append(StageChange(before, after))
    return changes
