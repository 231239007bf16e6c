"""Record what sentinels say of patients with symptoms and tell the others, all in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from services.registration.actions.sentinels.end_silences import end_silences
from services.registration.ledger import Change, Ledger, Outcome, Recorded, keep
from services.registration.rules.day_count import day_of
from services.registration.rules.sentinels import symptom_report
from services.registration.rules.sentinels.sentinel import township_of
from services.registration.rules.sentinels.symptom_report import SymptomReport, SymptomStatement
from services.registration.rules.telling import is_earlier
from services.registration.storage import symptom_reports
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import SymptomReported, SymptomSeen
from shared.postgres import Connection, Database

SYMPTOM_REPORTS: Ledger[SymptomStatement, SymptomReport] = Ledger(
    begin=symptom_report.begin,
    merge=symptom_report.merge,
    insert=symptom_reports.insert,
    lock=symptom_reports.lock,
    update=symptom_reports.update,
    append=symptom_reports.append,
)


async def record_symptom_reports(
    database: Database, statements: Sequence[SymptomStatement], *, now: datetime
) -> list[Recorded[SymptomReport]]:
    """Keep each statement once and return what became of each, in their order, with what holds now.

    A report after the policy's limit is kept like any other and marked late (渡建胜肺炎组发〔2021〕2号 §17),
    also one of a sentinel that the register lacks. It ends the silence of its sentinel.
    """
    async with database.transaction() as connection:
        outcome = await keep_symptom_reports(connection, statements, now=now)
        held = [change.after for change in outcome.changes]
        heard = [(one.sentinel, township_of(one.division), day_of(one.seen.at)) for one in held]
        await end_silences(connection, heard, now=now)
    return outcome.recorded


async def keep_symptom_reports(
    connection: Connection, statements: Sequence[SymptomStatement], *, now: datetime
) -> Outcome[SymptomReport]:
    """Keep what was seen and tell the others, within the caller's transaction; it ends no silence."""
    outcome = await keep(connection, SYMPTOM_REPORTS, statements, now=now)
    events = [envelope for change in outcome.changes for envelope in events_of(change)]
    await outbox.put(connection, events, now=now)
    return outcome


def events_of(change: Change[SymptomReport]) -> list[Envelope]:
    """Return what a change tells the others; further symptoms are told as well, with the earliest sight."""
    before, after = change.before, change.after
    symptoms = sorted(after.symptoms)
    envelopes: list[Envelope] = []
    if before is None or is_earlier(after.seen, before.seen) or after.symptoms != before.symptoms:
        seen = SymptomSeen(
            division=after.division,
            occurred_at=after.seen.at,
            recorded_at=after.seen.recorded_at,
            report_id=after.id,
            sentinel=after.sentinel,
            symptoms=symptoms,
        )
        envelopes.append(envelop(seen, id=derived_id(seen.TYPE, after.id, after.seen.at, *symptoms)))
    reported = after.reported
    if reported is not None and is_earlier(reported, before and before.reported):
        event = SymptomReported(
            division=after.division,
            occurred_at=reported.at,
            recorded_at=reported.recorded_at,
            report_id=after.id,
            sentinel=after.sentinel,
        )
        envelopes.append(envelop(event, id=derived_id(event.TYPE, after.id, reported.at)))
    return envelopes
