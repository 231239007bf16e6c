"""Put disease control's review of a case on record, or a correction of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.reporting.rules.case_events import case_reviewed
from services.reporting.rules.case_facts import CaseFile, Entry, ReviewFacts
from services.reporting.rules.case_order import Step, follow
from services.reporting.rules.case_times import problems_of_review, review_too_early
from services.reporting.rules.entry import Verdict, judge
from services.reporting.storage import cases
from shared import outbox
from shared.errors import InvalidInput, NotFound
from shared.postgres import Database

REFUSED = "The review has fields that are refused."


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What became of a statement, the case after it, and the revision that it is."""

    verdict: Verdict
    file: CaseFile
    revision: int


async def review_case(
    database: Database,
    case_id: UUID,
    facts: ReviewFacts,
    *,
    bounds: tuple[str, str],
    recorded_at: datetime,
    received_from: str,
    clause: str,
    now: datetime,
) -> Reviewed:
    """Store the review; a further one is appended as a correction and moves no clock (town §19, city §20).

    Raises InvalidInput naming the fields, NotFound for a case that is not here or outside `bounds`, and
    StepRefused, citing `clause`, for a case without a direct report, or withdrawn.
    """
    if problems := problems_of_review(facts, recorded_at, now):
        raise InvalidInput(REFUSED, problems=problems)
    async with database.transaction() as connection:
        file = await cases.lock_case(connection, case_id, bounds)
        if file is None:
            raise NotFound("There is no such case.")
        history = [entry.facts for entry in await cases.list_reviews(connection, case_id)]
        verdict = judge(facts, history)
        if verdict is Verdict.DUPLICATE:
            return Reviewed(verdict, file, history.index(facts) + 1)
        state = follow(file.state, Step.REVIEW, clause=clause)
        if problems := review_too_early(facts.occurred_at, file):
            raise InvalidInput(REFUSED, problems=problems)
        entry = Entry(len(history) + 1, facts, recorded_at, now, received_from)
        after = replace(file, state=state, reviewed_at=file.reviewed_at or facts.occurred_at)
        await cases.insert_review(connection, case_id, entry)
        await cases.update_case(connection, after)
        await outbox.put(connection, [case_reviewed(after, entry)], now=now)
    return Reviewed(verdict, after, entry.revision)
