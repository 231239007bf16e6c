"""Judge facts that are told, without a person and without storing anything."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registration.actions.plans.read_people import levels_of
from services.registration.rules.day_count import day_of
from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.plans.decision import write_decision
from services.registration.rules.plans.episode import (
    GroundOnRecord,
    PersonOnRecord,
    ReturnOnRecord,
    present_episode,
)
from services.registration.rules.plans.facts import Ground
from services.registration.rules.plans.look_back import route_days
from services.registration.rules.returns.journey import Journey
from services.registration.rules.returns.stays import stays_of
from shared.postgres import Database

NOBODY = UUID(int=0)


async def preview_plan(
    database: Database,
    arrived_at: datetime,
    journey: Journey,
    law: MeasuresLaw,
    *,
    occupation: str | None,
    grounds: Sequence[Ground],
) -> Mapping[str, Any]:
    """Return the decision that facts would give, by the register of risk areas as it stands now."""
    stays = stays_of(journey, day_of(arrived_at), route_days(law))
    async with database.connection() as connection:
        levels = await levels_of(connection, stays)
    returned = ReturnOnRecord(
        id=NOBODY,
        division="",
        arrived_at=arrived_at,
        route=tuple(levels.stay(stay) for stay in stays),
        proofs=journey.papers,
        entry=journey.entry,
        returning_worker=journey.returning_worker,
    )
    held = [GroundOnRecord(UUID(int=number), "", ground) for number, ground in enumerate(grounds)]
    episode = present_episode(law, PersonOnRecord(NOBODY, occupation, [returned], held))
    assert episode is not None
    return write_decision(law, episode.judgement, episode.plan, episode.facts)
