"""Settle the tests that people owe by the samples on record, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.registration.rules.plans.recovery import cleared_until
from services.registration.rules.plans.settlement import OwedTest, Sample, Settlement, settle
from services.registration.storage import recoveries, settlements
from services.registration.storage.settlements import OpenPlan, PlanTest
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration.stages import PlanHeld, PlanResumed, TestReopened, TestSettled
from shared.policy.release import Window
from shared.postgres import Connection


async def settle_tests(
    connection: Connection, person_ids: Sequence[UUID], window: Window, *, now: datetime
) -> None:
    """Bring the tests of people's open plans to what their samples amount to, and tell what changed.

    To be called whenever samples, tests or recoveries changed; it may be called at any time and changes
    nothing then. A positive result puts the plan on hold; its withdrawal lets it go on, and so does disease
    control's word that the infection is over.
    """
    plans = await settlements.lock_open_plans(connection, person_ids)
    if not plans:
        return
    tests: defaultdict[UUID, list[PlanTest]] = defaultdict(list)
    for test in await settlements.tests_of(connection, [plan.plan_id for plan in plans]):
        tests[test.plan_id].append(test)
    samples = await settlements.samples_of(connection, plans)
    stated = await recoveries.of_people(connection, [plan.person_id for plan in plans])
    settled: list[tuple[UUID, Sample | None]] = []
    held: list[tuple[UUID, datetime | None]] = []
    events: list[Envelope] = []
    for plan in plans:
        owed = tests[plan.plan_id]
        found = settle(
            [OwedTest(test.test_id, test.due_on) for test in owed],
            samples[plan.person_id],
            window,
            cleared_until=cleared_until(stated.get(plan.person_id, ())),
        )
        changed = _changed(owed, found)
        settled += [(test.test_id, sample) for test, sample in changed]
        events += [_event_of_test(test, sample, now) for test, sample in changed]
        if (plan.held_since is None) is not (found.positive is None):
            held.append((plan.plan_id, found.positive and found.positive.resulted_at))
            events.append(_event_of_plan(plan, found.positive, now))
    if settled:
        await settlements.settle(connection, settled)
    if held:
        await settlements.hold(connection, held, now)
    await outbox.put(connection, events, now=now)


def _changed(owed: Sequence[PlanTest], found: Settlement) -> list[tuple[PlanTest, Sample | None]]:
    pairs = [(test, found.settled.get(test.test_id)) for test in owed]
    return [
        (test, sample)
        for test, sample in pairs
        if test.is_done is not (sample is not None) or test.sample_id != (sample and sample.sample_id)
    ]


def _event_of_test(test: PlanTest, sample: Sample | None, now: datetime) -> Envelope:
    if sample is None:
        reopened = TestReopened(
            division=test.division,
            occurred_at=now,
            recorded_at=now,
            test_id=test.test_id,
            plan_id=test.plan_id,
            person_id=test.person_id,
            due_on=test.due_on,
        )
        return envelop(reopened, id=derived_id(reopened.TYPE, test.test_id, test.sample_id, now))
    event = TestSettled(
        division=test.division,
        occurred_at=sample.sampled_at,
        recorded_at=now,
        test_id=test.test_id,
        plan_id=test.plan_id,
        person_id=test.person_id,
        sample_id=sample.sample_id,
        due_on=test.due_on,
    )
    return envelop(event, id=derived_id(event.TYPE, test.test_id, sample.sample_id, now))


def _event_of_plan(plan: OpenPlan, positive: Sample | None, now: datetime) -> Envelope:
    if positive is None:
        resumed = PlanResumed(
            division=plan.division,
            occurred_at=now,
            recorded_at=now,
            plan_id=plan.plan_id,
            person_id=plan.person_id,
        )
        return envelop(resumed, id=derived_id(resumed.TYPE, plan.plan_id, now))
    held = PlanHeld(
        division=plan.division,
        occurred_at=positive.resulted_at,
        recorded_at=now,
        plan_id=plan.plan_id,
        person_id=plan.person_id,
        sample_id=positive.sample_id,
    )
    return envelop(held, id=derived_id(held.TYPE, plan.plan_id, positive.sample_id, now))
