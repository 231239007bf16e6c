"""What a laboratory's row is worth: stored, a repetition of what is known, or refused with a reason."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import cast
from uuid import UUID

from msgspec import Struct
from msgspec.structs import force_setattr

from shared.contracts import deriving
from shared.errors import FieldProblem
from shared.instants import FUTURE_TOLERANCE, problems_ahead
from shared.verdicts import Verdict
from shared.vocabulary import Method, Result

LONGEST_TO_RESULT = timedelta(days=180)
"""A result that is said to be later than this after its sampling has a date that was mistyped; ours.

Long enough for samples that were kept and are looked at again, short enough for a year that is wrong.
"""

_NOT_WORKED_OUT = cast("UUID", None)


class ResultFacts(Struct, frozen=True, gc=False):
    """One result as a laboratory states it; times aware, in UTC.

    A struct and no dataclass: a batch makes ten thousand of them, at a tenth of a frozen dataclass's price.
    """

    tube_code: str
    institution: str
    division: str
    method: Method
    result: Result
    sampled_at: datetime
    resulted_at: datetime
    person_id: UUID | None = None
    """Whose sample it is, by registration's id, where the laboratory was told."""
    pool_size: int | None = None
    """How many samples are in the tube, if the laboratory says so; more than one is a pool, and no case."""
    sample_id: UUID = _NOT_WORKED_OUT
    """The sample's id: follows from institution and tube code, so that a repetition finds it again."""

    def __post_init__(self) -> None:
        """Work the id out once: a row of a batch is asked for its own several times."""
        if self.sample_id is _NOT_WORKED_OUT:
            force_setattr(self, "sample_id", sample_id(self.institution, self.tube_code))


def sample_id(institution: str, tube_code: str) -> UUID:
    """Return the id of the sample in a tube: one tube code of one institution is one sample."""
    return _ids_of(institution)(tube_code)


@lru_cache(maxsize=4096)
def _ids_of(institution: str) -> Callable[[str], UUID]:
    return deriving("sample", institution)


@dataclass(frozen=True, slots=True)
class Registers:
    """What an installation knows: its divisions and its institutions, by code."""

    divisions: Container[str]
    institutions: Container[str]


def problems_of(
    facts: ResultFacts, recorded_at: datetime, now: datetime, registers: Registers
) -> list[FieldProblem]:
    """Return why a row cannot be stored, field by field; an empty list when it can."""
    latest = now + FUTURE_TOLERANCE
    if (
        facts.sampled_at <= facts.resulted_at <= latest
        and facts.resulted_at - facts.sampled_at <= LONGEST_TO_RESULT
        and recorded_at <= latest
        and facts.division in registers.divisions
        and facts.institution in registers.institutions
    ):
        return []
    problems: list[FieldProblem] = []
    if facts.division not in registers.divisions:
        problems.append(FieldProblem("division", f"unknown division {facts.division!r}"))
    if facts.institution not in registers.institutions:
        problems.append(FieldProblem("institution", f"unknown institution {facts.institution!r}"))
    if facts.resulted_at < facts.sampled_at:
        problems.append(FieldProblem("resulted_at", "lies before sampled_at"))
    elif facts.resulted_at - facts.sampled_at > LONGEST_TO_RESULT:
        reason = f"lies more than {LONGEST_TO_RESULT.days} days before resulted_at; is the date mistyped?"
        problems.append(FieldProblem("sampled_at", reason))
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


def positives_first(rows: Sequence[ResultFacts]) -> tuple[list[int], list[int]]:
    """Return where the positives stand among rows, and where all others do; a positive must not wait.

    A positive of a sample of which another row comes before it is none of the first: it contradicts that row.
    """
    urgent: list[int] = []
    others: list[int] = []
    seen: set[UUID] = set()
    for place, facts in enumerate(rows):
        is_first = facts.sample_id not in seen
        seen.add(facts.sample_id)
        (urgent if is_first and facts.result is Result.POSITIVE else others).append(place)
    return urgent, others
