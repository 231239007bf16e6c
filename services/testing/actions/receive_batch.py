"""Take a batch of results: judge each row, store those that can be, say of each what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.testing.actions.store_results import Stored, store_results
from services.testing.rules.result import Registers, Verdict, problems_of
from services.testing.storage import NewResult
from shared.errors import FieldProblem
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What became of one row."""

    verdict: Verdict
    sample_id: UUID | None = None
    problems: tuple[FieldProblem, ...] = ()


async def receive_batch(
    database: Database,
    results: Sequence[NewResult],
    *,
    registers: Registers,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each result, in their order; the good ones are stored in one transaction.

    `reaches` tells whether the caller's subtree holds a division; a row outside it is refused.
    """
    verdicts: list[RowVerdict | None] = []
    good: list[NewResult] = []
    for result in results:
        problems = problems_of(result.facts, now, registers)
        if not problems and not reaches(result.facts.division):
            problems = [FieldProblem("division", "lies outside the subtree of this key")]
        if problems:
            verdicts.append(RowVerdict(Verdict.REFUSED, None, tuple(problems)))
        else:
            verdicts.append(None)
            good.append(result)
    stored = iter(await store_results(database, good, now=now) if good else [])
    return [verdict or _verdict_of(next(stored)) for verdict in verdicts]


def _verdict_of(stored: Stored) -> RowVerdict:
    problems = (FieldProblem("tube_code", stored.reason),) if stored.reason else ()
    return RowVerdict(stored.verdict, stored.sample_id, problems)
