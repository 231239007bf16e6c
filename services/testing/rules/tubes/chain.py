"""The chain that a tube passes through 样本流转: who had it, where and when; it follows from its steps.

Steps are only ever added. They may come late, twice and in any order: a step out of order is kept and
flagged (city §8, §17).
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.testing.rules.results.result import Registers
from shared.contracts import derived_id
from shared.divisions import contains
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.verdicts import OUTSIDE

EARLY = timedelta(days=1)
"""How long before a tube's opening a step may be said to lie and still be taken for one of it."""

IN_A_BOX = timedelta(hours=24)
"""For how long after it was boxed what happens to the box happens to the tube: boxes are used again."""


class StepKind(StrEnum):
    """What happens to a tube 流转环节, in the order in which it should; the result follows them."""

    SEALED = "sealed"
    BOXED = "boxed"
    HANDED_OVER = "handed-over"
    RECEIVED = "received"
    REGISTERED = "registered"
    RUN = "run"


class Flag(StrEnum):
    """What is odd about a tube or a step, and is kept all the same."""

    OUT_OF_ORDER = "out-of-order"
    BEFORE_SAMPLING = "before-sampling"
    RESULT_BEFORE_SAMPLING = "result-before-sampling"
    RESULTS_DIFFER = "results-differ"
    OTHER_LABORATORY = "other-laboratory"
    OTHER_PERSON = "other-person"
    OTHER_POINT = "other-point"
    OTHER_DIVISION = "other-division"


IN_LABORATORY = (StepKind.RECEIVED, StepKind.REGISTERED, StepKind.RUN)
_STAGES: Mapping[StepKind, int] = {kind: stage for stage, kind in enumerate(StepKind)}


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it was told: of one tube by its code, or of all that is in a box."""

    kind: StepKind
    at: datetime
    tube_code: str | None
    box: str | None
    division: str
    """Where it happened."""
    place: str | None = None
    institution: str | None = None
    plate: str | None = None
    well: str | None = None
    temperature_celsius: float | None = None
    given_id: UUID | None = None
    step_id: UUID = field(init=False, compare=False)
    """The id that the client gave; else it follows from what was said, so that a repetition is one."""

    def __post_init__(self) -> None:
        """Work the id out once: it is asked for several times."""
        step_id = self.given_id
        if step_id is None:
            named = (self.tube_code or "", self.box or "", self.kind, self.at.isoformat(), self.division)
            step_id = derived_id("tube-step", *named, self.place or "", self.institution or "")
        object.__setattr__(self, "step_id", step_id)


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step with who told of it, and when it was entered there and received here."""

    step: Step
    recorded_at: datetime
    received_at: datetime
    received_from: str
    reach: str
    """The division of the key that told it: nobody adds to the chain of a tube that they cannot see."""

    def says_the_same(self, other: "StepTold") -> bool:
        """Tell whether two tellings of one step agree on what happened."""
        return replace(self.step, given_id=None) == replace(other.step, given_id=None)


@dataclass(frozen=True, slots=True)
class KnownTube:
    """As much of a tube as decides which steps and results are of it."""

    tube_id: UUID
    code: str
    division: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class FlaggedStep:
    """A step with what is odd about it."""

    told: StepTold
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """What a tube's steps amount to."""

    steps: tuple[FlaggedStep, ...]
    first: Mapping[StepKind, datetime]
    laboratory: str | None
    """Where it was last received, registered or run."""
    flags: frozenset[Flag]


def problems_of(
    told: StepTold, registers: Registers, reaches_division: bool, now: datetime
) -> list[FieldProblem]:
    """Return why a step cannot be stored, field by field; an empty list when it can."""
    step = told.step
    problems: list[FieldProblem] = []
    if step.tube_code is None and step.box is None:
        problems.append(FieldProblem("tube_code", "a step is of a tube or of a box; name one of them"))
    elif step.tube_code is None and step.kind in (StepKind.SEALED, StepKind.BOXED):
        problems.append(FieldProblem("tube_code", f"is required for the step {step.kind}"))
    if step.kind is StepKind.BOXED and step.box is None:
        problems.append(FieldProblem("box", "is required for the step boxed"))
    if step.division not in registers.divisions:
        problems.append(FieldProblem("division", f"unknown division {step.division!r}"))
    elif not reaches_division:
        problems.append(OUTSIDE)
    if step.institution is not None and step.institution not in registers.institutions:
        problems.append(FieldProblem("institution", f"unknown institution {step.institution!r}"))
    elif step.institution is None and step.kind in IN_LABORATORY:
        problems.append(FieldProblem("institution", f"is required for the step {step.kind}"))
    return problems + problems_ahead({"at": step.at, "recorded_at": told.recorded_at}, now)


def tube_of_step(told: StepTold, tubes: Iterable[KnownTube]) -> KnownTube | None:
    """Return which of the tubes that had the step's code it is of.

    The last one opened by then; or else the first one opened within a day afterwards, for a clock may be
    wrong. None for a step from outside the tube's subtree: it stays as it was told, and is of no tube.
    """
    at = told.step.at
    seen = [tube for tube in tubes if contains(told.reach, tube.division) and tube.opened_at - EARLY <= at]
    before = [tube for tube in seen if tube.opened_at <= at]
    if before:
        return max(before, key=lambda tube: (tube.opened_at, tube.tube_id))
    return min(seen, key=lambda tube: (tube.opened_at, tube.tube_id), default=None)


def is_in_box(boxed: StepTold, of_box: StepTold) -> bool:
    """Tell whether what happened to a box happened to a tube that was put into it."""
    passed = of_box.step.at - boxed.step.at
    return boxed.step.box == of_box.step.box and timedelta() <= passed <= IN_A_BOX


def chain_of(
    opened_at: datetime,
    resulted_at: datetime | None,
    told: Iterable[StepTold],
    elsewhere: Container[tuple[str, str]] = frozenset(),
) -> Chain:
    """Return what the steps of a tube amount to, whatever the order in which they came.

    `elsewhere` are codes of points with a division each that they neither lie in nor serve.
    """
    ordered = sorted(told, key=lambda one: (one.step.at, _STAGES[one.step.kind], one.step.step_id))
    first: dict[StepKind, datetime] = {}
    laboratory: str | None = None
    for one in ordered:
        first.setdefault(one.step.kind, one.step.at)
        if one.step.kind in IN_LABORATORY:
            laboratory = one.step.institution
    steps = tuple(FlaggedStep(one, _flags_of(one.step, opened_at, first, elsewhere)) for one in ordered)
    flags = {flag for step in steps for flag in step.flags}
    if resulted_at is not None and any(at > resulted_at for at in first.values()):
        flags.add(Flag.OUT_OF_ORDER)
    return Chain(steps, first, laboratory, frozenset(flags))


def _flags_of(
    step: Step,
    opened_at: datetime,
    first: Mapping[StepKind, datetime],
    elsewhere: Container[tuple[str, str]],
) -> tuple[Flag, ...]:
    earlier = (at for kind, at in first.items() if _STAGES[kind] < _STAGES[step.kind])
    odd = {
        Flag.OUT_OF_ORDER: any(at > step.at for at in earlier),
        Flag.BEFORE_SAMPLING: step.at < opened_at,
        Flag.OTHER_POINT: (place := place_of(step)) is not None and place in elsewhere,
    }
    return tuple(flag for flag, holds in odd.items() if holds)


def place_of(step: Step) -> tuple[str, str] | None:
    """Return the point that a step names, with where it happened; a laboratory names rooms, and no point."""
    return None if step.place is None or step.kind in IN_LABORATORY else (step.place, step.division)


def distinct(told: Sequence[StepTold]) -> list[StepTold]:
    """Return each step once, by its id and time."""
    return list({(one.step.step_id, one.step.at): one for one in told}.values())
