"""What an inspection found 检查问题: open until it is said to be mended, closed when that is confirmed."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.telling import Telling
from shared.contracts import derived_id
from shared.errors import Conflict, FieldProblem, InvalidInput


class FindingState(StrEnum):
    """How a finding stands 整改状态."""

    OPEN = "open"
    MENDED = "mended"
    CONFIRMED = "confirmed"


class FindingStepKind(StrEnum):
    """What was done about a finding 整改步骤."""

    MENDED = "mended"
    CONFIRMED = "confirmed"
    NOT_MENDED = "not-mended"
    """Looked at and still there: it is open again."""


@dataclass(frozen=True, slots=True)
class FindingStep:
    """One thing done about a finding."""

    finding_id: UUID
    kind: FindingStepKind
    note: str | None
    told: Telling

    @property
    def id(self) -> UUID:
        """Follows from what was done and when, so that saying it again is known as a repetition."""
        return derived_id("place-finding-step", self.finding_id, self.kind, self.told.at)


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as it stands."""

    id: UUID
    inspection_id: UUID
    place_code: str
    division: str
    item: str
    state: FindingState
    found_at: datetime
    mended_at: datetime | None = None
    confirmed_at: datetime | None = None


def follow(finding: Finding, step: FindingStep, *, clause: str) -> Finding:
    """Return the finding after a step.

    Raises Conflict, with the clause, for a confirmation of what nobody has mended and for anything after the
    confirmation; InvalidInput for a step that lies before the one that it follows.
    """
    if finding.state is FindingState.CONFIRMED:
        raise Conflict(
            "The finding is confirmed as mended; what is found anew is a new finding.", clause=clause
        )
    before = finding.mended_at or finding.found_at
    if step.told.at < before:
        problem = FieldProblem("occurred_at", "lies before what it follows")
        raise InvalidInput("The step cannot have been taken then.", problems=[problem])
    if step.kind is FindingStepKind.MENDED:
        return replace(finding, state=FindingState.MENDED, mended_at=step.told.at)
    if finding.state is FindingState.OPEN:
        raise Conflict("The finding has not been reported as mended yet.", clause=clause)
    if step.kind is FindingStepKind.NOT_MENDED:
        return replace(finding, state=FindingState.OPEN, mended_at=None)
    return replace(finding, state=FindingState.CONFIRMED, confirmed_at=step.told.at)
