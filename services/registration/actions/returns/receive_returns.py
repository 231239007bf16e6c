"""Take a batch of statements about returns: judge each row, record the good ones, answer for each."""

from collections.abc import Callable, Container, Sequence
from datetime import datetime

from services.registration.actions.returns.record_returns import record_returns
from services.registration.rules.returns.return_merge import ReturnStatement, problems_of
from shared.errors import FieldProblem
from shared.postgres import Database
from shared.verdicts import OUTSIDE, RowVerdict, store_good_rows


async def receive_returns(
    database: Database,
    statements: Sequence[ReturnStatement],
    *,
    divisions: Container[str],
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each statement, in their order; the good ones are recorded in one transaction.

    `reaches` tells whether the caller's subtree holds a division; a row outside it is refused.
    """

    def judge(statement: ReturnStatement) -> Sequence[FieldProblem]:
        problems = problems_of(statement, now, divisions)
        return problems if problems or reaches(statement.division) else [OUTSIDE]

    async def store(good: Sequence[ReturnStatement]) -> list[RowVerdict]:
        recorded = await record_returns(database, good, now=now)
        return [RowVerdict(one.verdict, one.held.id) for one in recorded]

    return await store_good_rows(statements, problems_of=judge, store=store)
