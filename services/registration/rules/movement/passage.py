"""Who may move how 通行: a green code is enough inside the municipality, special people excepted.

The colour follows from the stage of the plan; restrictions of the plan and listed occupations stand beside it
(渡建胜肺炎组发〔2021〕2号 §15, 渝肺炎组发〔2021〕1号 §12).
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from shared.policy.movement import Colour, PassageKind, Passes


class Refusal(StrEnum):
    """Why somebody may not move 不予通行的原因."""

    CODE_NOT_GREEN = "code-not-green"
    RESTRICTED = "restricted"
    """A restriction of the plan bars this way of moving."""
    STAYS_AT_WORK = "stays-at-work"
    """Of a listed occupation, and not moving for work: a rule that somebody may make an exception of."""


@dataclass(frozen=True, slots=True)
class Mover:
    """What counts of somebody who wants to move, as it stands on the day."""

    stage: str | None
    """The kind of the present stage of the open plan; None without one."""
    restrictions: frozenset[str] = frozenset()
    """The plan's restrictions that last on this day."""
    occupation: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason against, and what it rests on."""

    refusal: Refusal
    rests_on: str
    """The kind of stage, the restriction or the occupation."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Whether somebody may move, the colour of their code, and every reason against."""

    colour: Colour
    reasons: tuple[Reason, ...]

    @property
    def is_allowed(self) -> bool:
        """Whether nothing speaks against."""
        return not self.reasons

    @property
    def only_in_principle(self) -> bool:
        """Whether it is refused by a rule that somebody may make an exception of, and by no other."""
        refusals = {reason.refusal for reason in self.reasons}
        return refusals == {Refusal.STAYS_AT_WORK}


def colour_of(stage: str | None, law: Passes) -> Colour:
    """Return the colour of the code; a kind of stage that the policy does not name is red."""
    if stage is None:
        return law.otherwise
    for one in law.stages:
        if one.kind == stage:
            return one.colour
    return "red"


def judge_passage(
    mover: Mover, kind: PassageKind, law: Passes, stay_at_work: AbstractSet[str], *, for_work: bool
) -> Passage:
    """Return whether somebody may move in a way, with every reason against and not only the first.

    `stay_at_work` are the occupations of the list that the policy names.
    """
    colour = colour_of(mover.stage, law)
    reasons: list[Reason] = []
    if colour not in law.lets_pass:
        reasons.append(Reason(Refusal.CODE_NOT_GREEN, mover.stage or ""))
    if kind.barred_by is not None and kind.barred_by in mover.restrictions:
        reasons.append(Reason(Refusal.RESTRICTED, kind.barred_by))
    if mover.occupation in stay_at_work and mover.occupation is not None and not for_work:
        reasons.append(Reason(Refusal.STAYS_AT_WORK, mover.occupation))
    return Passage(colour, tuple(reasons))
