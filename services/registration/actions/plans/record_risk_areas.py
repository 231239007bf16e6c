"""Record what is said of risk areas and put on the list whom a change touches, all in one transaction."""

from collections.abc import Container, Sequence
from datetime import datetime

from services.registration.ledger import Change, Ledger, Recorded, keep
from services.registration.rules.plans import risk_area
from services.registration.rules.plans.risk_area import (
    RiskArea,
    RiskAreaStatement,
    days_that_changed,
    problems_of,
)
from services.registration.storage import risk_areas
from services.registration.storage.risk_areas import RiskAreaChange
from shared.contracts import derived_id
from shared.postgres import Database
from shared.verdicts import RowVerdict, Verdict, store_good_rows

RISK_AREAS: Ledger[RiskAreaStatement, RiskArea] = Ledger(
    begin=risk_area.begin,
    merge=risk_area.merge,
    insert=risk_areas.insert,
    lock=risk_areas.lock,
    update=risk_areas.update,
    append=risk_areas.append,
)


async def record_risk_areas(
    database: Database, statements: Sequence[RiskAreaStatement], *, now: datetime
) -> list[Recorded[RiskArea]]:
    """Keep each statement and return what became of each, in their order, with what holds now.

    What says nothing new of its entry is a duplicate. A change of any day's level is noted: a duty judges
    again everybody whose route it touches, from then on (渡建胜肺炎组发〔2021〕2号 §8(2)). No judgement runs
    beside the change: each sees the register before it or after it, and the duty finds all returns of before.
    """
    async with database.transaction() as connection:
        await risk_areas.hold_judging(connection)
        outcome = await keep(connection, RISK_AREAS, statements, now=now)
        changes = [noted for change in outcome.changes if (noted := _noted(change, now)) is not None]
        if changes:
            await risk_areas.note_changes(connection, changes, now=now)
    news = {
        change.after.id
        for change in outcome.changes
        if change.before is None or change.before.said != change.after.said
    }
    return [
        Recorded(one.held, Verdict.STORED if one.held.id in news else Verdict.DUPLICATE)
        for one in outcome.recorded
    ]


def _noted(change: Change[RiskArea], now: datetime) -> RiskAreaChange | None:
    days = days_that_changed(change.before, change.after)
    if days is None:
        return None
    held = change.after
    id_ = derived_id("risk-area-change", held.id, held.recorded_at, *held.said)
    return RiskAreaChange(id_, held.id, held.area, *days, changed_at=now)


async def receive_risk_areas(
    database: Database,
    statements: Sequence[RiskAreaStatement],
    *,
    areas: Container[str],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each statement, in their order; the good ones are recorded in one transaction."""

    async def store(good: Sequence[RiskAreaStatement]) -> list[RowVerdict]:
        recorded = await record_risk_areas(database, good, now=now)
        return [RowVerdict(one.verdict, one.held.id) for one in recorded]

    return await store_good_rows(
        statements, problems_of=lambda one: problems_of(one, now, areas), store=store
    )
