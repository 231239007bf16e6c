"""Release people whose plans are complete and issue their certificates, all in one transaction."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.place_people import place_people
from services.registration.rules.day_count import day_of
from services.registration.rules.plans.certificate import (
    CertificateContent,
    CertifiedTest,
    StageServed,
    hash_of,
    number_of,
)
from services.registration.rules.plans.release import ReleaseFacts, ReleaseTest, missing
from services.registration.rules.plans.stage_change import Stage
from services.registration.storage import care_facts, releases, stages
from services.registration.storage.releases import Certificate, EndingPlan, TestOfPlan
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration.stages import PersonReleased
from shared.errors import Conflict, FieldProblem, NotFound
from shared.postgres import Connection, Database

MOST = 200
DUTY = "duty:release-complete"


async def release_plan(
    database: Database, plan_id: UUID, *, bounds: tuple[str, str], ordered_from: str, now: datetime
) -> tuple[Certificate, bool]:
    """Release the person of a plan of the subtree; return the certificate and whether it is new.

    Raises NotFound without such a plan, Conflict when it was withdrawn, or with everything that is missing,
    by test and day (渡建胜肺炎组发〔2021〕2号 §8, 渝肺炎组发〔2021〕1号 §12).
    """
    async with database.transaction() as connection:
        plan = await releases.lock_plan(connection, plan_id, bounds)
        if plan is None:
            raise NotFound("There is no such plan.")
        known = await releases.certificate_of(connection, plan_id, bounds)
        if known is not None:
            return known, False
        if plan.state != "open":
            raise Conflict("This plan was withdrawn; there is nobody to release from it.")
        released, problems = await _release(connection, [plan], ordered_from, now)
        if not released:
            raise Conflict("The release is not due yet.", problems=problems[plan_id])
    return released[0], True


async def release_complete_plans(database: Database, *, now: datetime) -> int:
    """Release up to 200 people whose plans are complete and return how many; safe in several processes."""
    async with database.transaction() as connection:
        symptomatic = await care_facts.with_open_symptoms(connection)
        plans = await releases.claim(connection, day_of(now), sorted(symptomatic), MOST)
        released, _ = await _release(connection, plans, DUTY, now)
    return len(released)


async def _release(
    connection: Connection, plans: Sequence[EndingPlan], ordered_from: str, now: datetime
) -> tuple[list[Certificate], dict[UUID, list[FieldProblem]]]:
    """Release those of the locked plans that are complete; of the others return what is missing."""
    if not plans:
        return [], {}
    ids = [plan.plan_id for plan in plans]
    tests = await releases.tests_of(connection, ids)
    symptomatic = await care_facts.with_open_symptoms(connection, [plan.person_id for plan in plans])
    today = day_of(now)
    problems = {
        plan.plan_id: missing(_facts(plan, tests.get(plan.plan_id, []), symptomatic), today) for plan in plans
    }
    complete = [plan for plan in plans if not problems[plan.plan_id]]
    if not complete:
        return [], problems
    served = await stages.stages_of(connection, [plan.plan_id for plan in complete])
    running = await releases.next_numbers(connection, len(complete))
    certificates = [
        _certificate(plan, served.get(plan.plan_id, []), tests.get(plan.plan_id, []), number, now)
        for plan, number in zip(complete, running, strict=True)
    ]
    await releases.release(connection, certificates, ordered_from, now)
    await outbox.put(connection, [_event_of(one, now) for one in certificates], now=now)
    await place_people(connection, [plan.person_id for plan in complete], now=now)
    return certificates, problems


def _facts(plan: EndingPlan, tests: Sequence[TestOfPlan], symptomatic: AbstractSet[UUID]) -> ReleaseFacts:
    return ReleaseFacts(
        last_day=plan.last_day,
        tests=[ReleaseTest(test.due_on, test.is_done) for test in tests],
        is_positive=plan.held_since is not None,
        has_symptoms=plan.person_id in symptomatic,
        is_registered=plan.is_registered,
    )


def _certificate(
    plan: EndingPlan, served: Sequence[Stage], tests: Sequence[TestOfPlan], running: int, now: datetime
) -> Certificate:
    content = CertificateContent(
        plan_id=plan.plan_id,
        person_id=plan.person_id,
        division=plan.division,
        governing_rule=plan.governing_rule,
        issued_on=day_of(now),
        stages=tuple(StageServed(stage.kind, stage.first_day, stage.last_day) for stage in served),
        tests=tuple(
            CertifiedTest(test.due_on, day_of(test.sampled_at), test.result)
            for test in tests
            if test.sampled_at is not None and test.result is not None
        ),
    )
    return Certificate(number_of(plan.division, content.issued_on, running), now, content, hash_of(content))


def _event_of(certificate: Certificate, now: datetime) -> Envelope:
    content = certificate.content
    event = PersonReleased(
        division=content.division,
        occurred_at=now,
        recorded_at=now,
        plan_id=content.plan_id,
        person_id=content.person_id,
        certificate=certificate.number,
    )
    return envelop(event, id=derived_id(event.TYPE, content.plan_id))
