"""Judge again those whose route a change of a risk area touches, a bounded number in one transaction."""

from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.plans.next_version import PlanVersion
from services.registration.storage import people as stored_people
from services.registration.storage import touched
from services.registration.storage.risk_areas import RiskAreaChange, Touched
from services.registration.storage.touched import ReturnTouched
from shared.contracts import derived_id
from shared.postgres import Connection, Database

TOGETHER = 500


async def rejudge_touched(
    database: Database, law: MeasuresLaw, *, now: datetime, most: int = TOGETHER
) -> bool:
    """Take the oldest change that waits one step further; return whether there was one.

    A change that touches a hundred thousand people is as many short transactions as it takes; each writes
    down whom it judged, so that what is broken off goes on where it was.
    """
    async with database.transaction() as connection:
        claimed = await touched.claim_change(connection)
        if claimed is None:
            return False
        change, after = claimed
        found = await touched.returns_touched(connection, change, after, most)
        judged = await _judge(connection, change, found, law, now)
        await touched.note(connection, change, judged, finished=len(found) < most, now=now)
    return True


async def _judge(
    connection: Connection,
    change: RiskAreaChange,
    found: list[ReturnTouched],
    law: MeasuresLaw,
    now: datetime,
) -> list[Touched]:
    people = {one.person_id for one in found if one.person_id is not None}
    cause = f"risk-area:{change.risk_area_id}"
    written = await decide_plans(connection, people, law, now=now, cause=cause)
    survivors = await stored_people.resolve(connection, list(people)) if written else {}
    versions = {plan.person_id: plan for plan in written}

    def version(person_id: UUID | None) -> PlanVersion | None:
        return None if person_id is None else versions.get(survivors.get(person_id, person_id))

    return [_touched(change, one, version(one.person_id), now) for one in found]


def _touched(change: RiskAreaChange, one: ReturnTouched, plan: PlanVersion | None, now: datetime) -> Touched:
    return Touched(
        id=derived_id("risk-area-touched", change.id, one.return_id),
        change_id=change.id,
        return_id=one.return_id,
        person_id=one.person_id,
        division=one.division,
        plan_id=plan and plan.plan_id,
        plan_version=plan and plan.version,
        judged_at=now,
    )
