"""Ask the planner about a campaign, and keep what it was asked and what it found."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from services.testing.actions.campaigns.keep_campaign import find_campaign, target_of
from services.testing.actions.campaigns.people_of import people_of
from services.testing.actions.laboratories.read_laboratories import standings_of
from services.testing.rules.campaigns.campaign import (
    CampaignState,
    CampaignStated,
    planning_law,
    work_of,
)
from services.testing.rules.campaigns.campaign_facts import Laboratory, Plan, Point
from services.testing.storage import campaigns, laboratories
from services.testing.storage.campaigns import KeptPlan, Question
from services.testing.storage.laboratories import LaboratoryWindow
from shared.access import Principal
from shared.clock import Clock
from shared.divisions import subtree_bounds
from shared.errors import Conflict, NotFound
from shared.policy.campaigns import CampaignsFile
from shared.policy.laboratories import LaboratoriesFile
from shared.postgres import Connection, Database

log = structlog.get_logger()
MOST_LABORATORIES = 1_000

Ask = Callable[[Question], Awaitable[Plan | str]]
"""Computes a plan somewhere else; returns why where it cannot."""


async def order_plan(
    database: Database,
    code: str,
    law: CampaignsFile,
    laboratories_law: LaboratoriesFile,
    user: Principal,
    *,
    now: datetime,
) -> KeptPlan:
    """Keep a question to the planner and return the plan that waits for its answer.

    What the campaign has at this moment is asked: people, points and laboratories of the registers where
    it was not stated otherwise. Raises NotFound, Conflict for a campaign that is over.
    """
    async with database.transaction() as connection:
        await campaigns.lock(connection, code)
        held = await find_campaign(connection, code, user)
        if held.state is CampaignState.ENDED:
            raise Conflict("The campaign is over.")
        target = target_of(held.stated, law)
        work = work_of(
            held.stated,
            await people_of(connection, held.stated, target),
            await points_of(connection, held.stated),
            await _laboratories_of(connection, held.stated, laboratories_law, now),
            held.started_at or held.stated.starts_at,
        )
        question = Question(work, planning_law(law, target))
        number = await campaigns.order_plan(connection, held.id, question, ordered_by=user.id, now=now)
        (ordered,) = await campaigns.plans(connection, held.id, number=number)
        return ordered


async def points_of(connection: Connection, stated: CampaignStated) -> Sequence[Point]:
    """Return the points of a campaign, from the register where none were stated."""
    if stated.points is not None:
        return stated.points
    return await campaigns.register_points(
        connection, subtree_bounds(stated.division), stated.people_per_hour
    )


async def _laboratories_of(
    connection: Connection, stated: CampaignStated, law: LaboratoriesFile, now: datetime
) -> Sequence[Laboratory]:
    """Return the laboratories of a campaign; of the register those of its district, as they are now.

    The register knows tubes a day and not where they wait: what a laboratory can do holds for both stages.
    """
    if stated.laboratories is not None:
        return stated.laboratories
    window = LaboratoryWindow(subtree_bounds(stated.division[:6]), MOST_LABORATORIES)
    rows = await laboratories.list_page(connection, window)
    standings = await standings_of(connection, rows, law.ledger, now)
    return [
        Laboratory(
            one.stored.laboratory.code,
            one.stored.laboratory.division,
            one.capacity.tubes_per_day,
            one.capacity.tubes_per_day,
        )
        for one in standings
    ]


async def answer_plan(database: Database, ask: Ask, clock: Clock) -> bool:
    """Compute the oldest plan that waits; returns whether there was one.

    Nothing is held meanwhile. A process that dies over it leaves it to another one after a while.
    """
    async with database.transaction() as connection:
        claimed = await campaigns.claim_plan(connection, clock.now())
    if claimed is None:
        return False
    began = time.perf_counter()
    found = await ask(claimed.question)
    seconds = time.perf_counter() - began
    async with database.transaction() as connection:
        await campaigns.finish_plan(connection, claimed, found, seconds=seconds, now=clock.now())
    log.info(
        "campaign planned",
        action="plan-campaign",
        campaign_id=str(claimed.campaign_id),
        number=claimed.number,
        seconds=round(seconds, 2),
        outcome=found if isinstance(found, str) else "ready",
    )
    return True


async def read_plans(database: Database, code: str, user: Principal) -> list[KeptPlan]:
    """Return the plans of a campaign, the last first; raises NotFound."""
    async with database.connection() as connection:
        held = await find_campaign(connection, code, user)
        return await campaigns.plans(connection, held.id)


async def read_plan(database: Database, code: str, number: int, user: Principal) -> KeptPlan:
    """Return a plan of a campaign; raises NotFound."""
    async with database.connection() as connection:
        held = await find_campaign(connection, code, user)
        found = await campaigns.plans(connection, held.id, number=number)
    if not found:
        raise NotFound("There is no such plan.")
    return found[0]
