"""What becomes of a match 协查闭环: found, contacted, managed; or it is another, with the reason."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.registration.rules.telling import Telling
from shared.contracts import derived_id
from shared.errors import Conflict, FieldProblem, InvalidInput


class MatchState(StrEnum):
    """How far a match is followed 协查进度."""

    OPEN = "open"
    FOUND = "found"
    CONTACTED = "contacted"
    MANAGED = "managed"
    NOT_THE_ONE = "not-the-one"


class MatchStepKind(StrEnum):
    """What was done about a match 协查步骤."""

    FOUND = "found"
    CONTACTED = "contacted"
    MANAGED = "managed"
    NOT_THE_ONE = "not-the-one"
    """It is somebody or something else."""
    REOPENED = "reopened"
    """It was not something else after all."""


@dataclass(frozen=True, slots=True)
class MatchStep:
    """One thing done about a match."""

    match_id: UUID
    kind: MatchStepKind
    reason: str | None
    told: Telling

    @property
    def id(self) -> UUID:
        """Follows from what was done and when, so that saying it again is known as a repetition."""
        return derived_id("notice-match-step", self.match_id, self.kind, self.told.at)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a match is followed, with the moment of each step."""

    state: MatchState = MatchState.OPEN
    found_at: datetime | None = None
    contacted_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None


_BEFORE = {
    MatchStepKind.FOUND: MatchState.OPEN,
    MatchStepKind.CONTACTED: MatchState.FOUND,
    MatchStepKind.MANAGED: MatchState.CONTACTED,
    MatchStepKind.REOPENED: MatchState.NOT_THE_ONE,
}
"""The state that each step follows; that it is another may turn out at any time before the end."""


def follow(progress: Progress, step: MatchStep, *, clause: str) -> Progress:
    """Return how far a match is followed after a step.

    Raises Conflict, with the clause, for a step before its turn or after the end, and InvalidInput where the
    reason is missing by which it is another.
    """
    at = step.told.at
    needs_reason = step.kind in (MatchStepKind.NOT_THE_ONE, MatchStepKind.REOPENED)
    if needs_reason and step.reason is None:
        problem = FieldProblem("reason", f"is needed for {step.kind}")
        raise InvalidInput("The step has fields that are refused.", problems=[problem])
    if step.kind is MatchStepKind.NOT_THE_ONE:
        if progress.ended_at is not None:
            raise Conflict("The match is at its end already.", clause=clause)
        return replace(progress, state=MatchState.NOT_THE_ONE, ended_at=at, reason=step.reason)
    before = _BEFORE[step.kind]
    if progress.state is not before:
        raise Conflict(f"{step.kind} follows {before}; the match is {progress.state}.", clause=clause)
    match step.kind:
        case MatchStepKind.FOUND:
            return replace(progress, state=MatchState.FOUND, found_at=at)
        case MatchStepKind.CONTACTED:
            return replace(progress, state=MatchState.CONTACTED, contacted_at=at)
        case MatchStepKind.MANAGED:
            return replace(progress, state=MatchState.MANAGED, ended_at=at, reason=step.reason)
        case _:
            return Progress(reason=step.reason)
