"""A hand-over from a quarantine site to home 无缝交接: asked for, taken over by the team, confirmed.

People whose central quarantine ends are handed over without a gap (渡建胜肺炎组发〔2021〕2号 §8): the village
or community that receives them confirms by the moment at which the stage changes.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.telling import Telling, earliest
from shared.errors import Conflict, FieldProblem, InvalidInput
from shared.instants import problems_ahead


class HandoverState(StrEnum):
    """How a hand-over stands 交接状态."""

    REQUESTED = "requested"
    TAKEN_OVER = "taken-over"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    """The plan was changed, put on hold or ended: there is nothing to hand over."""


class HandoverStep(StrEnum):
    """What is told of a hand-over."""

    TAKEN_OVER = "taken-over"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Handover:
    """A hand-over as it stands."""

    id: UUID
    plan_id: UUID
    person_id: UUID
    division: str
    """The receiving division: where the person lives."""
    change_on: date
    requested_at: datetime
    taken_over: Telling | None = None
    confirmed: Telling | None = None
    missed_at: datetime | None = None
    """When it was noticed that the stage had changed without a confirmation."""
    withdrawn_at: datetime | None = None
    leaves_early: bool = False
    """Whether new facts ended the stay at the site, and not its last day."""

    @property
    def state(self) -> HandoverState:
        """The confirmation ends it, whatever else was told."""
        if self.withdrawn_at is not None:
            return HandoverState.WITHDRAWN
        if self.confirmed is not None:
            return HandoverState.CONFIRMED
        return HandoverState.REQUESTED if self.taken_over is None else HandoverState.TAKEN_OVER


def tell(handover: Handover, step: HandoverStep, told: Telling, now: datetime) -> Handover:
    """Return the hand-over after a telling; of several about one step the earliest holds.

    Raises InvalidInput for times that cannot be, Conflict for a hand-over that was withdrawn.
    """
    problems = problems_ahead({"occurred_at": told.at, "recorded_at": told.recorded_at}, now)
    if handover.withdrawn_at is not None:
        raise Conflict("This hand-over was withdrawn: the plan was changed, put on hold or ended.")
    if step is HandoverStep.TAKEN_OVER:
        after = replace(handover, taken_over=earliest(handover.taken_over, told))
    else:
        after = replace(handover, confirmed=earliest(handover.confirmed, told))
    if after.taken_over and after.confirmed and after.confirmed.at < after.taken_over.at:
        problems.append(FieldProblem("occurred_at", "would put the confirmation before the take-over"))
    if problems:
        raise InvalidInput("The hand-over has fields that are refused.", problems=problems)
    return after
