"""Clock door of notices from other provinces: later rows of the ledgers are compared, figures kept fresh."""

from uuid import UUID

from services.registration.actions.movement.match_notices import BEFORE_ALL, mark_anew, match_later_rows
from services.registration.actions.movement.read_notices import take_figures
from services.registration.service import Registration
from shared.duties import Duty

REFRESH_SECONDS = 15.0
"""Real seconds between two looks at the figures; Prometheus rarely asks more often."""
A_DAY_SECONDS = 86_400.0


def duties(registration: Registration) -> list[Duty]:
    """Return what is done about notices because time passes."""
    database, clock = registration.database, registration.clock
    next_to_mark: UUID | None = BEFORE_ALL

    async def match_later() -> bool:
        more = await match_later_rows(database, now=clock.now())
        registration.wake()
        return more

    async def mark() -> bool:
        nonlocal next_to_mark
        if next_to_mark is not None:
            next_to_mark = await mark_anew(database, registration.sealer, next_to_mark, now=clock.now())
            registration.wake()
        return next_to_mark is not None

    async def refresh() -> bool:
        going_on, oldest = await take_figures(database, now=clock.now())
        registration.metrics.notice_matches_going_on.set(going_on)
        registration.metrics.oldest_notice_match.set(oldest)
        return False

    return [
        Duty("match-later-rows", match_later, rest_seconds=1.0),
        Duty("mark-notices-anew", mark, rest_seconds=A_DAY_SECONDS),
        Duty("refresh-notice-figures", refresh, rest_seconds=REFRESH_SECONDS),
    ]
