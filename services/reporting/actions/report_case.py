"""Put a case's direct report on record, or a correction of it."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.reporting.rules.case_events import case_reported
from services.reporting.rules.case_facts import CaseFile, Entry, ReportFacts
from services.reporting.rules.case_order import Step, follow
from services.reporting.rules.case_times import problems_of_report, report_too_early
from services.reporting.rules.entry import Verdict, judge
from services.reporting.storage import cases
from shared import outbox
from shared.errors import InvalidInput, NotFound
from shared.postgres import Database

REFUSED = "The report has fields that are refused."


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a statement, the case after it, and the revision that it is."""

    verdict: Verdict
    file: CaseFile
    revision: int


async def report_case(
    database: Database,
    case_id: UUID,
    facts: ReportFacts,
    *,
    bounds: tuple[str, str],
    institutions: Container[str],
    recorded_at: datetime,
    received_from: str,
    clause: str,
    now: datetime,
) -> Reported:
    """Store the direct report; a further one corrects it and moves no clock (town §19, city §20).

    It asks nobody's consent: an open case can always be reported. Raises InvalidInput naming the fields,
    NotFound for a case that is not (yet) here or outside `bounds`, StepRefused for a withdrawn one.
    """
    if problems := problems_of_report(facts, recorded_at, now, institutions):
        raise InvalidInput(REFUSED, problems=problems)
    async with database.transaction() as connection:
        file = await cases.lock_case(connection, case_id, bounds)
        if file is None:
            raise NotFound("There is no such case; a positive result may still be on its way here.")
        history = [entry.facts for entry in await cases.list_reports(connection, case_id)]
        verdict = judge(facts, history)
        if verdict is Verdict.DUPLICATE:
            return Reported(verdict, file, history.index(facts) + 1)
        state = follow(file.state, Step.REPORT, clause=clause)
        if problems := report_too_early(facts.occurred_at, file):
            raise InvalidInput(REFUSED, problems=problems)
        entry = Entry(len(history) + 1, facts, recorded_at, now, received_from)
        after = replace(file, state=state, reported_at=file.reported_at or facts.occurred_at)
        await cases.insert_report(connection, case_id, entry)
        await cases.update_case(connection, after)
        await outbox.put(connection, [case_reported(after, entry)], now=now)
    return Reported(verdict, after, entry.revision)
