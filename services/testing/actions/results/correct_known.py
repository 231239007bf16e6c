"""Take a result that its laboratory marks as corrected for the correction of one that is on record."""

from datetime import datetime

from services.testing.actions.results.correct_result import correct_result
from services.testing.rules.results.correction import Correction
from services.testing.storage import results as storage
from services.testing.storage.results import NewResult
from shared.errors import Conflict, FieldProblem, InvalidInput, NotFound
from shared.postgres import Database
from shared.verdicts import RowVerdict, Verdict

REASON_CODE = "corrected-by-laboratory"
"""Messages say that a result was corrected, and not why."""


async def correct_known(
    database: Database, result: NewResult, *, bounds: tuple[str, str], now: datetime
) -> RowVerdict:
    """Append what a sample is said to be now to what it was said to be, and return the verdict.

    What stands there already is a duplicate; a refusal says why, as `correct_result` does.
    """
    facts = result.facts
    async with database.connection() as connection:
        history = await storage.sample_history(connection, facts.sample_id, bounds)
    if history and history[-1].facts.result is facts.result:
        return RowVerdict(Verdict.DUPLICATE, facts.sample_id)
    try:
        await correct_result(
            database,
            facts.sample_id,
            Correction(facts.result, REASON_CODE),
            bounds=bounds,
            occurred_at=facts.resulted_at,
            recorded_at=result.recorded_at,
            received_from=result.received_from,
            now=now,
        )
    except (Conflict, InvalidInput, NotFound) as refused:
        problems = refused.problems or (FieldProblem("result", refused.detail),)
        return RowVerdict(Verdict.REFUSED, facts.sample_id, tuple(problems))
    return RowVerdict(Verdict.STORED, facts.sample_id)
