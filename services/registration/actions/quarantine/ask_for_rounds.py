"""Ask for the tests of open sites, people and environment, once for every round."""

from datetime import datetime

from services.registration.storage import site_rounds
from services.registration.storage.site_rounds import DueRound
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import SiteRoundDue
from shared.policy.quarantine import Rounds
from shared.postgres import Database

SITES_AT_ONCE = 500


async def ask_for_rounds(database: Database, law: Rounds, *, now: datetime) -> bool:
    """Ask for the rounds that are due (town §11, city §14); True when more may be waiting.

    Of a site that missed several each is asked for, in turn, with the time at which it fell due.
    """
    async with database.transaction() as connection:
        due = await site_rounds.claim(connection, now=now, most=SITES_AT_ONCE)
        if not due:
            return False
        await site_rounds.ask(connection, due, points=law.environment_points, every=law.every, now=now)
        await outbox.put(connection, [_told(one, law, now) for one in due], now=now)
    return True


def _told(due: DueRound, law: Rounds, now: datetime) -> Envelope:
    event = SiteRoundDue(
        division=due.division,
        occurred_at=due.due_at,
        recorded_at=now,
        round_id=due.id,
        site=due.site,
        round=due.round,
        due_at=due.due_at,
        people=due.people,
        environment_points=due.environment_points or law.environment_points,
    )
    return envelop(event, id=derived_id(event.TYPE, due.id))
