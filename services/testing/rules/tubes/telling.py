"""What must be told of a tube when its result or its members have changed, beside what was told before."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from services.testing.rules.tubes.holder import ResultSeen
from shared.vocabulary import Result


class What(StrEnum):
    """What a pooled tube's members have been told, or are to be told."""

    NOTHING = "nothing"
    CLEARED = "cleared"
    TO_STAY = "to-stay"


class Numbered(Protocol):
    """A sample in a tube; `number` is the order in which it became known."""

    @property
    def number(self) -> int: ...


Sample = TypeVar("Sample", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Told:
    """What was told before: of which result, to the members up to which number, and how often it changed."""

    result_sample_id: UUID | None = None
    result: Result | None = None
    members: int = 0
    revision: int = 0

    @property
    def what(self) -> What:
        """What the members were told."""
        return what_of(self.result)


@dataclass(frozen=True, slots=True)
class Telling(Generic[Sample]):
    """What is to be told now."""

    what: What
    revision: int
    """Which telling of these samples it is; the highest holds."""
    members: tuple[Sample, ...]
    """Those who have not been told this yet."""
    recalled: tuple[Sample, ...] = ()
    """Those who had been cleared and are not any more."""


def what_of(result: Result | None) -> What:
    """Return what a pool's members are told of its result: an unclear one is no better than a positive."""
    if result is None:
        return What.NOTHING
    return What.CLEARED if result is Result.NEGATIVE else What.TO_STAY


def telling_of(told: Told, holder: ResultSeen | None, members: Sequence[Sample]) -> Telling[Sample]:
    """Return what the members of a pooled tube are to be told, given what they were told before.

    Whoever was told stays told: a repetition, or another laboratory's same finding, tells nobody anything.
    """
    what = what_of(holder.result if holder else None)
    if what is What.NOTHING or holder is None:
        return Telling(What.NOTHING, told.revision, ())
    if what is told.what:
        unheard = tuple(one for one in members if one.number > told.members)
        return Telling(what, told.revision, unheard)
    heard = tuple(one for one in members if one.number <= told.members)
    recalled = heard if told.what is What.CLEARED else ()
    return Telling(what, told.revision + 1, tuple(members), recalled)
