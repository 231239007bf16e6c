"""Timed duties of results: tables for the coming weeks, broken-off messages, and what is forgotten."""

from services.testing.actions.results.keep_message import forget_messages, messages_left_alone, read_message
from services.testing.actions.results.keep_weeks import keep_weeks
from services.testing.importing import judge_again
from services.testing.service import Testing
from shared.divisions import subtree_bounds
from shared.duties import Duty
from shared.workbooks.importing import forget_imports

WEEKS_REST_SECONDS = 600.0
MESSAGES_REST_SECONDS = 30.0
FORGETTING_REST_SECONDS = 600.0


def duties(testing: Testing) -> list[Duty]:
    """Return the duties of this area."""

    async def keep() -> bool:
        await keep_weeks(testing.database, now=testing.clock.now())
        return False

    async def judge_left_alone() -> bool:
        for message_id, division in await messages_left_alone(testing.database, now=testing.clock.now()):
            found = await read_message(testing.database, message_id, subtree_bounds(division))
            await judge_again(testing, found.message)
        return False

    async def forget() -> bool:
        return await forget_messages(testing.database, now=testing.clock.now())

    async def forget_workbooks() -> bool:
        return await forget_imports(testing.database, now=testing.clock.now())

    return [
        Duty("keep-result-weeks", keep, rest_seconds=WEEKS_REST_SECONDS),
        Duty("judge-waiting-messages", judge_left_alone, rest_seconds=MESSAGES_REST_SECONDS),
        Duty("forget-messages", forget, rest_seconds=FORGETTING_REST_SECONDS),
        Duty("forget-imports", forget_workbooks, rest_seconds=FORGETTING_REST_SECONDS),
    ]
