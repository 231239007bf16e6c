"""What `clocks.yaml` says: the statutory clocks, what starts each of them and what stops it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.policy.notices import Citation
from shared.policy.values import (
    Duration,
    FieldName,
    Identifier,
    PolicyModel,
    Share,
    SubjectKey,
    Text,
    WallTime,
)

OCCURRED_AT = "occurred_at"
"""The instant of an event that counts unless a clock names another: when it happened in the world."""

EventName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$"),
    Field(description="An event of the contracts, `testing.sample-positive`"),
]


def _increasing(shares: tuple[float, ...]) -> tuple[float, ...]:
    if any(later <= earlier for earlier, later in pairwise(shares)):
        raise PydanticCustomError("shares_not_increasing", "must increase from one share to the next")
    return shares


class ClockFact(PolicyModel):
    """An event that starts, stops or voids a clock, and the fields that say which clock."""

    event: EventName
    key: SubjectKey
    instant: FieldName = OCCURRED_AT
    """The field of the event that says when it counts for the clock; left out, when it happened."""

    def subject_of(self, event: BaseModel) -> str:
        """Return which clock of the rule an event is about: the key's fields joined with `:`."""
        return ":".join(str(getattr(event, field)) for field in self.key)

    def instant_of(self, event: BaseModel) -> datetime:
        """Return the moment at which an event starts, stops or voids the clock."""
        return getattr(event, self.instant)


class Owner(PolicyModel):
    """Who owes the deed that stops the clock."""

    post: Identifier
    """The duty post of escalation.yaml that stands for the owner."""
    title: Text
    institution: FieldName | None = None
    """The field of the start event that names the institution, where there is one."""


class ShownBeside(PolicyModel):
    """Another instant from which the time is shown beside the clock, without being a limit."""

    field: FieldName
    title: Text


class ClockRule(PolicyModel):
    """One statutory clock: from the earliest of its start events to the earliest of its stop events.

    Its limit is `within` from the start, or `at`: the first such wall time in Asia/Shanghai that lies after
    the start. What happens exactly at the limit is in time.
    """

    id: Identifier
    title: Text
    requirement: Identifier
    """The entry of requirements.yaml that the clock keeps."""
    clause: Annotated[tuple[Citation, ...], Field(min_length=1)]
    start: Annotated[tuple[ClockFact, ...], Field(min_length=1)]
    stop: Annotated[tuple[ClockFact, ...], Field(min_length=1)]
    void: tuple[ClockFact, ...] = ()
    within: Duration | None = None
    """The span from the start; either this or `at`."""
    at: WallTime | None = None
    """The wall time in Asia/Shanghai; either this or `within`."""
    owner: Owner
    warn_at_shares: Annotated[tuple[Share, ...], AfterValidator(_increasing)] = ()
    """The shares of the time at which is paged before the clock runs out, increasing."""
    ladder: Identifier
    """The ladder of escalation.yaml by which is paged."""
    shown_beside: ShownBeside | None = None
    decided: Text | None = None
    """What the texts leave open about this clock and the pack decides."""

    def facts(self) -> Sequence[ClockFact]:
        """Return every event that means something to this clock."""
        return (*self.start, *self.stop, *self.void)


class ClocksFile(PolicyModel):
    """The file clocks.yaml: the statutory clocks."""

    clocks: Annotated[tuple[ClockRule, ...], Field(min_length=1)]
