"""Whose tube a result is of as it comes in, and whether its sender may speak of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from services.testing.rules.results.result import ResultFacts
from services.testing.rules.tubes.chain import KnownTube
from services.testing.rules.tubes.holder import last_opened, last_opened_elsewhere
from shared.errors import FieldProblem

FOREIGN_TUBE = FieldProblem("tube_code", "belongs to no tube of the subtree of this key")
"""What is wrong with a result of a tube that the sender's key does not reach."""

FOREIGN_LABORATORY = FieldProblem("institution", "is a laboratory outside the subtree of this key")
"""What is wrong with a result in the name of somebody else's laboratory."""


def remark_on_division(facts: ResultFacts, stated: str | None) -> tuple[FieldProblem, ...]:
    """Return what the sender is told of a result that is stored for another division than was stated."""
    if stated is None or stated == facts.division:
        return ()
    return (FieldProblem("division", f"is not the tube's; stored for {facts.division}, where it was opened"),)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is on record around results that come in."""

    tubes: Mapping[str, Sequence[KnownTube]]
    """All tubes that ever had one of their codes, by code."""
    laboratories: Mapping[str, str]
    """The division of each registered laboratory that they name, by its code."""


def place(
    facts: ResultFacts, around: Surroundings, reaches: Callable[[str], bool]
) -> ResultFacts | FieldProblem:
    """Return the result for the division of its tube, or why its sender may not send it.

    A division that the tube's neither is nor holds nor lies in was mistaken where the sender reaches both:
    the tube's word counts, for there it was sampled. A result of a tube that nobody has told of stays as it
    is stated.
    """
    laboratory_division = around.laboratories.get(facts.institution)
    if laboratory_division is not None and not reaches(laboratory_division):
        return FOREIGN_LABORATORY
    tubes = around.tubes.get(facts.tube_code)
    if not tubes:
        return facts
    own = last_opened(tubes, facts.division, facts.resulted_at)
    tube = own or last_opened_elsewhere(tubes, facts.division, facts.resulted_at)
    if tube is None:
        return facts
    if not reaches(tube.division):
        return FOREIGN_TUBE
    return facts if tube is own else replace(facts, division=tube.division)
