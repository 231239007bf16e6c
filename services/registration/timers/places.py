"""Clock door of places and goods: what a proof's end and a gathering's beginning bring about."""

from services.registration.actions.places.judge_gatherings import judge_due_gatherings
from services.registration.actions.places.judge_lots import judge_due_lots
from services.registration.service import Registration
from shared.duties import Duty


def duties(registration: Registration) -> list[Duty]:
    """Return what is done about places and goods because time passes."""

    async def judge_lots() -> bool:
        law, now = registration.places_law.cold_chain, registration.clock.now()
        more = await judge_due_lots(registration.database, law, now=now)
        registration.wake()
        return more

    async def judge_gatherings() -> bool:
        law, now = registration.places_law.gatherings, registration.clock.now()
        more = await judge_due_gatherings(registration.database, law, now=now)
        registration.wake()
        return more

    return [
        Duty("judge-cold-chain-lots", judge_lots, rest_seconds=5.0),
        Duty("judge-gatherings", judge_gatherings, rest_seconds=5.0),
    ]
