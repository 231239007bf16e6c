"""What is counted on the real database: the same in any order, before and after it was added up."""

import itertools
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from services.testing.actions.campaigns.fold_counts import fold_counts
from services.testing.actions.results.store_results import store_results
from services.testing.actions.tubes.receive_steps import receive_steps
from services.testing.rules.campaigns.counting import Counts, hour_of
from services.testing.rules.tubes.chain import StepKind
from services.testing.storage import campaign_counts
from services.testing.storage.campaign_counts import Done
from shared.postgres import Database
from tests.testing.tubes.builders import (
    CDC,
    HOUR,
    MORNING,
    NOW,
    REGISTERS,
    P,
    a_result,
    a_step,
    a_tube,
    everywhere,
    tell,
)

pytestmark = pytest.mark.requirement("mass-testing-capacity")


async def _done(database: Database, campaign_id: UUID) -> Done:
    async with database.connection() as connection:
        return await campaign_counts.by_hour(connection, campaign_id)


async def test_the_figures_are_the_same_in_any_order_and_after_they_were_added_up(
    database: Database,
) -> None:
    for number, order in enumerate(itertools.permutations(range(4))):
        campaign, code = UUID(int=77 + number), f"T-{number}"
        first = 1_000 * number + 1

        async def open_tube(
            campaign: UUID = campaign, code: str = code, first: int = first, members: int = 2
        ) -> None:
            people = range(first, first + members)
            await tell(database, a_tube(code, *people, campaign_id=campaign))

        async def more_members(open_tube: Callable[..., Awaitable[None]] = open_tube) -> None:
            await open_tube(members=5)

        async def receive(code: str = code) -> None:
            step = a_step(StepKind.RECEIVED, code, MORNING + 3 * HOUR)
            await receive_steps(database, [step], registers=REGISTERS, reaches=everywhere, now=NOW)

        async def result(code: str = code) -> None:
            await store_results(database, [a_result(code, P, pool_size=10)], now=NOW)

        acts = [open_tube, more_members, receive, result]
        for act in order:
            await acts[act]()
        expected = {
            hour_of(MORNING): Counts(sampled_tubes=1, sampled_people=5),
            hour_of(MORNING + 3 * HOUR): Counts(arrived_tubes=1, arrived_people=5),
            hour_of(MORNING + 8 * HOUR): Counts(resulted_tubes=1, resulted_people=5, positive_tubes=1),
        }
        before = await _done(database, campaign)
        assert before.by_hour == expected, order
        assert before.by_laboratory[CDC].arrived_people == 5
        await fold_counts(database)
        after = await _done(database, campaign)
        assert after == before, order
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM campaign_delta") == 0
