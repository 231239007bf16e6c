"""Take a batch of results: judge each row, store those that can be, say of each what became of it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.testing.actions.results.store_results import Stored, store_results
from services.testing.rules.results.result import Registers, problems_of
from services.testing.storage.results import NewResult
from shared.errors import FieldProblem
from shared.postgres import Database
from shared.verdicts import OUTSIDE, RowVerdict, store_good_rows


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

    def judge(result: NewResult) -> Sequence[FieldProblem]:
        problems = problems_of(result.facts, result.recorded_at, now, registers)
        return problems if problems or reaches(result.facts.division) else [OUTSIDE]

    async def store(good: Sequence[NewResult]) -> list[RowVerdict]:
        return [_verdict_of(stored) for stored in await store_results(database, good, now=now)]

    return await store_good_rows(results, problems_of=judge, store=store)


def _verdict_of(stored: Stored) -> RowVerdict:
    problems = (FieldProblem("tube_code", stored.reason),) if stored.reason else ()
    return RowVerdict(stored.verdict, stored.sample_id, problems)
