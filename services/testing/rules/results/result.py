"""What a laboratory's row is worth: stored, a repetition of what is known, or refused with a reason."""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.contracts import derived_id
from shared.errors import FieldProblem
from shared.instants import problems_ahead
from shared.verdicts import Verdict
from shared.vocabulary import Method, Result


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """One result as a laboratory states it; times aware, in UTC."""

    tube_code: str
    institution: str
    division: str
    method: Method
    result: Result
    sampled_at: datetime
    resulted_at: datetime
    person_id: UUID | None = None
    """Whose sample it is, by registration's id, where the laboratory was told."""
    sample_id: UUID = field(init=False, compare=False)
    """The sample's id: follows from institution and tube code, so that a repetition finds it again."""

    def __post_init__(self) -> None:
        """Work the id out once: ten thousand rows of a batch are asked for theirs several times each."""
        object.__setattr__(self, "sample_id", sample_id(self.institution, self.tube_code))


def sample_id(institution: str, tube_code: str) -> UUID:
    """Return the id of the sample in a tube: one tube code of one institution is one sample."""
    return derived_id("sample", institution, tube_code)


@dataclass(frozen=True, slots=True)
class Registers:
    """What an installation knows: its divisions and its institutions, by code."""

    divisions: Container[str]
    institutions: Container[str]


def problems_of(
    facts: ResultFacts, recorded_at: datetime, now: datetime, registers: Registers
) -> list[FieldProblem]:
    """Return why a row cannot be stored, field by field; an empty list when it can."""
    problems: list[FieldProblem] = []
    if facts.division not in registers.divisions:
        problems.append(FieldProblem("division", f"unknown division {facts.division!r}"))
    if facts.institution not in registers.institutions:
        problems.append(FieldProblem("institution", f"unknown institution {facts.institution!r}"))
    if facts.resulted_at < facts.sampled_at:
        problems.append(FieldProblem("resulted_at", "lies before sampled_at"))
    instants = {
        "sampled_at": facts.sampled_at,
        "resulted_at": facts.resulted_at,
        "recorded_at": recorded_at,
    }
    return problems + problems_ahead(instants, now)


def judge_repetition(facts: ResultFacts, known: ResultFacts) -> Verdict:
    """Tell whether a row for a known sample repeats it or contradicts it.

    `known` is the first revision. A contradiction is refused: what was found otherwise afterwards is a
    correction, which is stated as one and with a reason.
    """
    return Verdict.DUPLICATE if facts == known else Verdict.REFUSED
