"""Take the proof of a test that was done elsewhere: keep it, and settle what it settles."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.place_people import place_people
from services.registration.actions.plans.settle_tests import settle_tests
from services.registration.rules.plans.person_sample import (
    SampleSource,
    SampleTold,
    problems_of,
    proof_id,
)
from services.registration.storage import settlements
from services.registration.storage.settlements import FoundPlan, PlanTest
from shared.errors import Conflict, InvalidInput, NotFound
from shared.policy.release import Window
from shared.postgres import Connection, Database
from shared.verdicts import Verdict
from shared.vocabulary import Result


@dataclass(frozen=True, slots=True)
class ProofShown:
    """The paper of a test that was done elsewhere; times aware, in UTC."""

    reference: str
    institution: str
    result: Result
    sampled_at: datetime
    resulted_at: datetime
    recorded_at: datetime

    def about(self, plan: FoundPlan) -> SampleTold:
        """Return the proof as a sample of the plan's person."""
        return SampleTold(
            sample_id=proof_id(plan.person_id, self.institution, self.reference),
            person_id=plan.person_id,
            division=plan.division,
            sampled_at=self.sampled_at,
            result=self.result,
            revision=1,
            resulted_at=self.resulted_at,
            recorded_at=self.recorded_at,
            source=SampleSource.PROOF,
            institution=self.institution,
        )


@dataclass(frozen=True, slots=True)
class ProofTaken:
    """What became of a proof, and how the tests of the plan stand."""

    sample_id: UUID
    verdict: Verdict
    is_held: bool
    tests: list[PlanTest]


async def receive_test_result(
    database: Database,
    plan_id: UUID,
    proof: ProofShown,
    window: Window,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> ProofTaken:
    """Keep a proof about the person of an open plan of the subtree, and settle the tests it settles.

    Raises NotFound without such a plan, InvalidInput for times that cannot be, Conflict when the plan has
    ended, or when the same report of the same institution is on record with other facts.
    """
    async with database.transaction() as connection:
        plan = await open_plan(connection, plan_id, bounds)
        told = proof.about(plan)
        if problems := problems_of(told, now):
            raise InvalidInput("The result has fields that are refused.", problems=problems)
        new = await settlements.keep_samples(connection, [told], now)
        if not new:
            known = await settlements.find_sample(connection, told.sample_id)
            if await settlements.is_withdrawn(connection, told.sample_id):
                raise Conflict("This report was withdrawn; it is not taken again.")
            if known is not None and replace(known, recorded_at=told.recorded_at) != told:
                raise Conflict("This report of this institution is on record with other facts.")
        await settle_tests(connection, [plan.person_id], window, now=now)
        tests = await settlements.tests_of(connection, [plan_id])
        await place_people(connection, [plan.person_id], now=now)
        after = await settlements.find_plan(connection, plan_id, bounds)
    is_held = after is not None and after.held_since is not None
    return ProofTaken(told.sample_id, Verdict.STORED if new else Verdict.DUPLICATE, is_held, tests)


async def open_plan(connection: Connection, plan_id: UUID, bounds: tuple[str, str]) -> FoundPlan:
    """Return a plan of the subtree that goes on; raises NotFound, or Conflict when it has ended."""
    plan = await settlements.find_plan(connection, plan_id, bounds)
    if plan is None:
        raise NotFound("There is no such plan.")
    if not plan.is_open:
        raise Conflict("This plan has ended; no test of it is open any more.")
    return plan
