"""What became of what was sent: a verdict for every row, the same words on every door."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from shared.batches import ReadRow
from shared.errors import FieldProblem
from shared.reasons import told_in_chinese
from shared.strict_json import WireModel

Item = TypeVar("Item")
Row = TypeVar("Row", bound=WireModel)


class Verdict(StrEnum):
    """What became of a row or a statement."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    """It repeats what is on record already."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What became of one row; `id` is what it was stored under."""

    verdict: Verdict
    id: UUID | None = None
    problems: tuple[FieldProblem, ...] = ()


OUTSIDE = FieldProblem("division", "lies outside the subtree of this key")
"""What is wrong with a row of a division that the caller does not reach."""


async def store_good_rows(
    items: Sequence[Item],
    *,
    problems_of: Callable[[Item], Sequence[FieldProblem]],
    store: Callable[[Sequence[Item]], Awaitable[Sequence[RowVerdict]]],
) -> list[RowVerdict]:
    """Refuse what has problems, store the rest together, and return a verdict for each, in their order."""
    problems = [tuple(problems_of(item)) for item in items]
    good = [item for item, wrong in zip(items, problems, strict=True) if not wrong]
    stored = iter(await store(good) if good else ())
    return [RowVerdict(Verdict.REFUSED, None, wrong) if wrong else next(stored) for wrong in problems]


def with_unread(rows: Sequence[ReadRow[Row]], judged: Sequence[RowVerdict]) -> list[RowVerdict]:
    """Return a verdict for every row that was sent: those that could not be read are refused."""
    verdicts = iter(judged)
    return [
        RowVerdict(Verdict.REFUSED, None, read.problems) if read.row is None else next(verdicts)
        for read in rows
    ]


class Problem(BaseModel):
    """One field that was refused, and why."""

    field: str
    reason: str
    reason_zh: str
    """The same in Chinese, or that there is no Chinese for it yet."""

    @classmethod
    def of(cls, problem: FieldProblem) -> "Problem":
        """Return the wire's form of a field problem."""
        return cls(field=problem.field, reason=problem.reason, reason_zh=told_in_chinese(problem))


class RowReceipt(BaseModel):
    """What became of one row of a batch; `index` counts the rows sent from 0."""

    index: int
    verdict: Verdict
    problems: list[Problem] = []


Receipt = TypeVar("Receipt", bound=RowReceipt)


class BatchReceipt(BaseModel, Generic[Receipt]):
    """What became of a batch, row by row."""

    stored: int
    duplicate: int
    refused: int
    rows: list[Receipt]

    @classmethod
    def of(cls, rows: list[Receipt]) -> "BatchReceipt[Receipt]":
        """Return the receipt that counts its rows."""
        counts = Counter(row.verdict for row in rows)
        return cls(
            stored=counts[Verdict.STORED],
            duplicate=counts[Verdict.DUPLICATE],
            refused=counts[Verdict.REFUSED],
            rows=rows,
        )
