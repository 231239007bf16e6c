"""Write the tests that plans ask for, and return what that tells, within the caller's transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.registration.actions.plans import plan_events
from services.registration.rules.plans.next_version import PlanOnRecord, PlanVersion
from services.registration.storage import plan_decisions
from services.registration.storage.plan_decisions import TestHeld, TestWritten
from shared.contracts import Envelope, derived_id
from shared.postgres import Connection


async def write_tests(
    connection: Connection,
    versions: Sequence[PlanVersion],
    withdrawn: Sequence[PlanOnRecord],
    *,
    now: datetime,
) -> list[Envelope]:
    """Bring the tests on record to what versions ask for, and drop those of plans that ended.

    A test of a plan is known by its day: what is asked for before and after stays the same test, done or not.
    """
    known = await _tests_on_record(connection, versions, withdrawn)
    events: list[Envelope] = []
    written: list[TestWritten] = []
    dropped: list[UUID] = []
    for plan in versions:
        asked = {test.due_on: test.rules for test in plan.tests}
        held = known[plan.plan_id]
        for day, rules in asked.items():
            test = _test(plan, day, rules)
            if day not in held:
                events.append(plan_events.due(test, plan.version, now))
            if day not in held or (held[day].rules, held[day].division) != (rules, plan.division):
                written.append(test)
        for day in held.keys() - asked.keys():
            dropped.append(held[day].test_id)
            events.append(plan_events.dropped(held[day], plan.person_id, plan.version, now))
    for plan in withdrawn:
        for test in known[plan.id].values():
            dropped.append(test.test_id)
            events.append(plan_events.dropped(test, plan.person_id, plan.version, now))
    if dropped:
        await plan_decisions.drop_tests(connection, dropped)
    if written:
        await plan_decisions.write_tests(connection, written)
    return events


async def _tests_on_record(
    connection: Connection, versions: Sequence[PlanVersion], withdrawn: Sequence[PlanOnRecord]
) -> defaultdict[UUID, dict[date, TestHeld]]:
    ids = [plan.plan_id for plan in versions if plan.version > 1] + [plan.id for plan in withdrawn]
    known: defaultdict[UUID, dict[date, TestHeld]] = defaultdict(dict)
    if ids:
        for test in await plan_decisions.tests_of(connection, ids):
            known[test.plan_id][test.due_on] = test
    return known


def _test(plan: PlanVersion, day: date, rules: tuple[str, ...]) -> TestWritten:
    test_id = derived_id("plan-test", plan.plan_id, day)
    return TestWritten(test_id, plan.plan_id, plan.person_id, plan.division, day, rules)
