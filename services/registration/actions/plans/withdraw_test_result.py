"""Withdraw the result of a test that was said to be done elsewhere, and open again what it had settled."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.place_people import place_people
from services.registration.actions.plans.receive_test_result import ProofTaken, open_plan
from services.registration.actions.plans.settle_tests import settle_tests
from services.registration.rules.plans.person_sample import SampleSource, withdrawn
from services.registration.storage import settlements
from shared.errors import NotFound
from shared.instants import refuse_future
from shared.policy.release import Window
from shared.postgres import Database
from shared.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class ResultWithdrawal:
    """Why a result is withdrawn; times aware, in UTC."""

    reason: str
    recorded_at: datetime
    received_from: str


async def withdraw_test_result(
    database: Database,
    plan_id: UUID,
    sample_id: UUID,
    withdrawal: ResultWithdrawal,
    window: Window,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> ProofTaken:
    """Withdraw a result shown here for the person of an open plan of the subtree; again changes nothing.

    A test that it had settled is due again, a hold that rested on it ends. What a laboratory told is not
    withdrawn here: the laboratory corrects it. Raises NotFound, InvalidInput, and Conflict when the plan has
    ended.
    """
    refuse_future("recorded_at", withdrawal.recorded_at, now)
    async with database.transaction() as connection:
        plan = await open_plan(connection, plan_id, bounds)
        await settlements.lock_open_plans(connection, [plan.person_id])
        held = await settlements.find_sample(connection, sample_id)
        if held is None or held.source is not SampleSource.PROOF:
            raise NotFound("There is no such result of a test done elsewhere.")
        if plan.person_id not in await settlements.owners_of(connection, sample_id):
            raise NotFound("There is no such result of a test done elsewhere.")
        is_new = not await settlements.is_withdrawn(connection, sample_id)
        if is_new:
            await settlements.withdraw_sample(
                connection,
                held,
                reason=withdrawal.reason,
                recorded_at=withdrawal.recorded_at,
                received_from=withdrawal.received_from,
                received_at=now,
            )
            told = replace(withdrawn(held), recorded_at=withdrawal.recorded_at)
            await settlements.keep_samples(connection, [told], now)
            await settle_tests(connection, [plan.person_id], window, now=now)
            await place_people(connection, [plan.person_id], now=now)
        tests = await settlements.tests_of(connection, [plan_id])
        after = await settlements.find_plan(connection, plan_id, bounds)
    is_held = after is not None and after.held_since is not None
    return ProofTaken(sample_id, Verdict.STORED if is_new else Verdict.DUPLICATE, is_held, tests)
