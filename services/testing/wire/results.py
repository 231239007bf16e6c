"""What travels over the HTTP door of results."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.testing.rules.results.result import ResultFacts
from services.testing.storage.results import StoredResult
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import Problem, RowReceipt, Verdict
from shared.vocabulary import Method, Result

LARGEST_POOL = 20

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$")]
"""A code as it stands on a tube or in a register: letters, digits and . _ : / - (64 at most)."""

ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,63}$")]
"""Why a result was corrected, as a code and not as prose: `contamination`, `mix-up`, `retest-negative`."""


class ResultRow(WireModel):
    """One result of a laboratory 检测结果."""

    tube_code: Code
    institution: Code
    division: DivisionCode
    method: Method
    result: Result
    sampled_at: WireInstant
    resulted_at: WireInstant
    recorded_at: WireInstant | None = None
    """When it was entered in the laboratory's system; without it, its receipt here."""
    person_id: UUID | None = None
    """Whose sample it is, by the id that registration gives; a test that the person owes is settled by it."""
    pool_size: Annotated[int, Field(ge=1, le=LARGEST_POOL)] | None = None
    """How many samples are in the tube, if the laboratory knows: a positive pool 混采 opens no case."""

    def facts(self) -> ResultFacts:
        """Return the row as the rules see it."""
        return ResultFacts(
            tube_code=self.tube_code,
            institution=self.institution,
            division=self.division,
            method=self.method,
            result=self.result,
            sampled_at=self.sampled_at,
            resulted_at=self.resulted_at,
            person_id=self.person_id,
            pool_size=self.pool_size,
        )


class CorrectionOrder(WireModel):
    """What the laboratory found afterwards, and the code of the reason."""

    result: Result
    reason_code: ReasonCode
    occurred_at: WireInstant
    recorded_at: WireInstant | None = None


class ResultReceipt(BaseModel):
    """What became of one result."""

    sample_id: UUID
    verdict: Verdict
    tube_division: str | None = None
    """For which division it is stored, where its tube is of another than the one that was stated."""


class ResultRowReceipt(RowReceipt):
    """What became of one result of a batch."""

    tube_code: str | None = None
    sample_id: UUID | None = None


class RefusedLine(BaseModel):
    """A line of a stream that was refused; `line` counts the rows sent from 0."""

    kind: Literal["refused"]
    line: int
    tube_code: str | None
    problems: list[Problem]


class KeptLine(BaseModel):
    """All of the first `lines` rows are on record now, but for those that were refused."""

    kind: Literal["kept"]
    lines: int
    stored: int
    duplicate: int
    refused: int


class EndLine(BaseModel):
    """The stream was read to its end."""

    kind: Literal["end"]
    lines: int


class RevisionView(BaseModel):
    """One revision of a sample's result; the last one holds."""

    revision: int
    result: Result
    method: Method
    sampled_at: WireInstant
    resulted_at: WireInstant
    recorded_at: WireInstant
    received_at: WireInstant
    reason_code: str | None

    @classmethod
    def of(cls, stored: StoredResult) -> "RevisionView":
        """Return the wire's form of one revision."""
        return cls(
            revision=stored.revision,
            result=stored.facts.result,
            method=stored.facts.method,
            sampled_at=stored.facts.sampled_at,
            resulted_at=stored.facts.resulted_at,
            recorded_at=stored.recorded_at,
            received_at=stored.received_at,
            reason_code=stored.reason_code,
        )
