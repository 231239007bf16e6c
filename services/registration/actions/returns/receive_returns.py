"""Take statements about returns: judge each row, record the good ones, answer for each."""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.registration.actions.returns.judge_returns import judge_returns
from services.registration.actions.returns.keeping import Keeping
from services.registration.actions.returns.record_returns import record_returns
from services.registration.rules.returns.return_merge import ReturnStatement
from shared.errors import FieldProblem
from shared.postgres import Database
from shared.verdicts import OUTSIDE, RowVerdict, store_good_rows


async def receive_returns(
    database: Database,
    statements: Sequence[ReturnStatement],
    keeping: Keeping,
    *,
    bounds: tuple[str, str],
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each statement, in their order; the good ones are recorded in one transaction.

    `bounds` are those of the caller's subtree, and `reaches` tells whether it holds a division: a row
    outside it is refused.
    """
    problems_of = await judge_returns(database, statements, keeping, bounds=bounds, now=now)

    def judge(statement: ReturnStatement) -> Sequence[FieldProblem]:
        problems = problems_of(statement)
        return problems if problems or reaches(statement.division) else [OUTSIDE]

    async def store(good: Sequence[ReturnStatement]) -> list[RowVerdict]:
        recorded = await record_returns(database, good, keeping, now=now)
        return [RowVerdict(one.verdict, one.held.id) for one in recorded]

    return await store_good_rows(statements, problems_of=judge, store=store)
