"""When a laboratory must not test 暂停检测, and which of its results that puts in doubt (city §7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts import derived_id


class SuspensionCause(StrEnum):
    """Why a laboratory was suspended 暂停原因."""

    CONTROLS = "controls"
    """So many of its runs were out of control."""
    PROFICIENCY = "proficiency"
    """It failed a proficiency round."""
    ORDER = "order"
    """Somebody ordered it, and said why."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """From when until when a laboratory must not test; open while `ended_at` is None."""

    laboratory: str
    cause: SuspensionCause
    cause_reference: str | None
    """The run or the round that failed."""
    reason_code: str
    suspended_at: datetime
    suspended_by: str
    """The rule, or the id of the key or account; never a person's name."""
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_reason_code: str | None = None

    @property
    def id(self) -> UUID:
        """The suspension's id: a laboratory is suspended once at a moment."""
        return derived_id("laboratory-suspension", self.laboratory, self.suspended_at)

    def covers(self, instant: datetime) -> bool:
        """Tell whether the laboratory must not test at an instant."""
        return self.suspended_at <= instant and (self.ended_at is None or instant < self.ended_at)


def suspension_at(suspensions: Iterable[Suspension], laboratory: str, instant: datetime) -> Suspension | None:
    """Return the suspension that puts a result of that instant in doubt; None when there is none."""
    return next((one for one in suspensions if one.laboratory == laboratory and one.covers(instant)), None)
