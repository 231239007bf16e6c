"""What a correction of a result means: a new fact beside the old one, never a change of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Conflict
from shared.vocabulary import Result


class Consequence(StrEnum):
    """What a correction tells the others."""

    WITHDRAWN = "withdrawn"
    """A positive was none: its case and its clocks are withdrawn, and stay on record."""
    FOUND_POSITIVE = "found-positive"
    """A sample turns out positive: the direct report's two hours run from this finding."""
    FOUND_NEGATIVE = "found-negative"
    FOUND_INCONCLUSIVE = "found-inconclusive"
    """Neither concerns a case; both count for the tests that a person owes."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A laboratory's later finding about a sample, with the code of its reason."""

    result: Result
    reason_code: str


def consequence_of(history: Sequence[Result], correction: Correction) -> Consequence:
    """Return what must be told when the last result of `history` is corrected.

    Raises Conflict when nothing would change, and when a withdrawn positive would become positive again:
    its case is closed for good, so the new finding comes as a sample of its own and starts clocks of its own.
    """
    before = history[-1]
    if correction.result is before:
        raise Conflict(f"The result on record is {before} already; there is nothing to correct.")
    if before is Result.POSITIVE:
        return Consequence.WITHDRAWN
    if correction.result is Result.POSITIVE and Result.POSITIVE in history:
        raise Conflict("A positive of this sample was withdrawn; send the new finding as a new sample.")
    return _FOUND[correction.result]


_FOUND = {
    Result.POSITIVE: Consequence.FOUND_POSITIVE,
    Result.NEGATIVE: Consequence.FOUND_NEGATIVE,
    Result.INCONCLUSIVE: Consequence.FOUND_INCONCLUSIVE,
}
