"""Timed duties of tubes: a table for each week, and a second look at what was stored at the same moment."""

from services.testing.actions.tubes.keep_weeks import keep_weeks
from services.testing.actions.tubes.look_again import look_again
from services.testing.service import Testing
from shared.duties import Duty

REST_SECONDS = 600.0


def duties(testing: Testing) -> list[Duty]:
    """Return the duties of this area."""

    async def keep() -> bool:
        await keep_weeks(testing.database, now=testing.clock.now())
        return False

    async def look() -> bool:
        looked = await look_again(testing.database, now=testing.clock.now())
        testing.wake()
        return looked

    return [
        Duty("keep-tube-weeks", keep, rest_seconds=REST_SECONDS),
        Duty("look-again-at-tubes", look),
    ]
