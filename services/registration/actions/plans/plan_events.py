"""What a decision about plans tells the others; ids follow from the plan, its version and the test."""

from datetime import datetime
from uuid import UUID

from services.registration.rules.plans.next_version import PlanOnRecord, PlanVersion
from services.registration.storage.plan_decisions import TestHeld, TestWritten
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import PlanDecided, PlanWithdrawn, TestDropped, TestDue


def decided(plan: PlanVersion, now: datetime) -> Envelope:
    """Return that a plan was decided or changed."""
    event = PlanDecided(
        division=plan.division,
        occurred_at=now,
        recorded_at=now,
        plan_id=plan.plan_id,
        person_id=plan.person_id,
        plan_version=plan.version,
        governing_rule=plan.governing_rule,
    )
    return envelop(event, id=derived_id(event.TYPE, plan.plan_id, plan.version))


def due(test: TestWritten, version: int, now: datetime) -> Envelope:
    """Return that a test is due on a day."""
    event = TestDue(
        division=test.division,
        occurred_at=now,
        recorded_at=now,
        plan_id=test.plan_id,
        test_id=test.test_id,
        person_id=test.person_id,
        due_on=test.due_on,
        reasons=list(test.rules),
    )
    return envelop(event, id=derived_id(event.TYPE, test.test_id, version))


def dropped(test: TestHeld, person_id: UUID, version: int, now: datetime) -> Envelope:
    """Return that a test is asked for no more."""
    event = TestDropped(
        division=test.division,
        occurred_at=now,
        recorded_at=now,
        plan_id=test.plan_id,
        test_id=test.test_id,
        person_id=person_id,
        due_on=test.due_on,
    )
    return envelop(event, id=derived_id(event.TYPE, test.test_id, version))


def withdrawn(plan: PlanOnRecord, now: datetime) -> Envelope:
    """Return that a plan ended because nothing asks for it any more."""
    event = PlanWithdrawn(
        division=plan.division,
        occurred_at=now,
        recorded_at=now,
        plan_id=plan.id,
        person_id=plan.person_id,
    )
    return envelop(event, id=derived_id(event.TYPE, plan.id, plan.version))
