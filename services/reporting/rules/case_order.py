"""The order of a case: positive result, direct report, review; no step in between, and nobody may add one."""

from collections.abc import Mapping
from enum import StrEnum

from shared.errors import Conflict


class CaseState(StrEnum):
    """How far a case has come 病例状态."""

    OPENED = "opened"
    """A positive result is on record, its direct report is owed."""
    REPORTED = "reported"
    """Reported directly, its review is owed."""
    REVIEWED = "reviewed"
    WITHDRAWN = "withdrawn"
    """The positive result was withdrawn; the case stays on record and ends here."""


class Step(StrEnum):
    """What may happen to a case; there is no other."""

    REPORT = "report"
    REVIEW = "review"
    WITHDRAW = "withdraw"


ORDER: Mapping[tuple[CaseState, Step], CaseState] = {
    (CaseState.OPENED, Step.REPORT): CaseState.REPORTED,
    (CaseState.OPENED, Step.WITHDRAW): CaseState.WITHDRAWN,
    (CaseState.REPORTED, Step.REPORT): CaseState.REPORTED,
    (CaseState.REPORTED, Step.REVIEW): CaseState.REVIEWED,
    (CaseState.REPORTED, Step.WITHDRAW): CaseState.WITHDRAWN,
    (CaseState.REVIEWED, Step.REPORT): CaseState.REVIEWED,
    (CaseState.REVIEWED, Step.REVIEW): CaseState.REVIEWED,
    (CaseState.REVIEWED, Step.WITHDRAW): CaseState.WITHDRAWN,
    (CaseState.WITHDRAWN, Step.WITHDRAW): CaseState.WITHDRAWN,
}
"""The state after a step; what does not stand here is refused. A repeated step corrects and stays there."""


class StepRefused(Conflict):
    """A step that the order of a case does not have, or not yet."""

    slug = "step-refused"


def follow(state: CaseState, step: Step, *, clause: str) -> CaseState:
    """Return the state after `step`; raises StepRefused, citing `clause` where a notice demands the order.

    The order itself is town §19 and city §20; `clause` is how the policy cites them.
    """
    after = ORDER.get((state, step))
    if after is not None:
        return after
    if state is CaseState.WITHDRAWN:
        raise StepRefused("The positive result was withdrawn; the case is closed and takes no further step.")
    raise StepRefused("A review follows the direct report, which is not on record yet.", clause=clause)


def refuse_added_step(*, clause: str) -> StepRefused:
    """Return the refusal of any step that is not of the order, such as a consultation or an approval."""
    return StepRefused(
        "A case has its direct report and its review; nobody may add a step before, between or after them.",
        clause=clause,
    )
