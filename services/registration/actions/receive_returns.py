"""Take a batch of statements about returns: judge each row, record the good ones, answer for each."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.record_returns import record_returns
from services.registration.ledger import Recorded
from services.registration.rules.return_merge import Return, ReturnStatement, problems_of
from services.registration.rules.telling import Verdict
from shared.errors import FieldProblem
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What became of one row."""

    verdict: Verdict
    return_id: UUID | None = None
    problems: tuple[FieldProblem, ...] = ()


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
    verdicts: list[RowVerdict | None] = []
    good: list[ReturnStatement] = []
    for statement in statements:
        problems = problems_of(statement, now, divisions)
        if not problems and not reaches(statement.division):
            problems = [FieldProblem("division", "lies outside the subtree of this key")]
        if problems:
            verdicts.append(RowVerdict(Verdict.REFUSED, None, tuple(problems)))
        else:
            verdicts.append(None)
            good.append(statement)
    recorded = iter(await record_returns(database, good, now=now) if good else [])
    return [verdict or _verdict_of(next(recorded)) for verdict in verdicts]


def _verdict_of(recorded: Recorded[Return]) -> RowVerdict:
    return RowVerdict(recorded.verdict, recorded.held.id)
