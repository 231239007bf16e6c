"""Timed duties of results: a table for each week, made before the week begins."""

from services.testing.actions.results.keep_weeks import keep_weeks
from services.testing.service import Testing
from shared.duties import Duty

REST_SECONDS = 600.0


def duties(testing: Testing) -> list[Duty]:
    """Return the duties of this area."""

    async def keep() -> bool:
        await keep_weeks(testing.database, now=testing.clock.now())
        return False

    return [Duty("keep-result-weeks", keep, rest_seconds=REST_SECONDS)]
