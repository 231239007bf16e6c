"""Follow a buyer of drugs: somebody asked after them, and what came of it."""

from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.actions.plans.place_people import place_people
from services.registration.actions.sentinels.drug_events import symptom_flagged
from services.registration.actions.sentinels.record_drug_sales import DrugKeeping
from services.registration.rules.day_count import day_of
from services.registration.rules.sentinels.follow_up import (
    FollowUp,
    FollowUpOutcome,
    FollowUpState,
    closed,
    followed,
    refusal_to_close,
)
from services.registration.storage import drugs, grounds
from services.registration.storage import people as stored_people
from services.registration.storage.drugs import Look
from services.registration.storage.grounds import Ground
from shared import outbox
from shared.errors import Conflict, NotFound
from shared.postgres import Connection, Database

CAUSE = "drug-follow-up"


async def follow_buyer(
    database: Database,
    follow_up_id: UUID,
    look: Look,
    keeping: DrugKeeping,
    *,
    bounds: tuple[str, str],
    received_from: str,
) -> FollowUp:
    """Keep that somebody asked after a buyer and return what holds now; repeating it changes nothing.

    Listed symptoms that are found bring the buyer under health management, as those that were declared do.
    Raises NotFound, or Conflict when the follow-up is closed.
    """
    now = look.received_at
    async with database.transaction() as connection:
        held = await _locked(connection, follow_up_id, bounds)
        if not await drugs.append_look(connection, follow_up_id, look, received_from):
            return held
        if held.state is FollowUpState.CLOSED:
            raise Conflict("This follow-up is closed.")
        suspect = keeping.law.symptoms.suspect(look.symptoms)
        after = followed(held, look.followed_at, suspect)
        await drugs.write_follow_ups(connection, [after], now)
        if suspect:
            survivors = await stored_people.resolve(connection, [held.person_id])
            person_id = survivors[held.person_id]
            found = symptom_flagged(
                person_id,
                held.division,
                suspect,
                at=look.followed_at,
                recorded_at=now,
                cause=follow_up_id,
            )
            await outbox.put(connection, [found], now=now)
            ground = Ground(person_id, keeping.law.drugs.ground, day_of(look.followed_at), now, held.division)
            managed = await grounds.insert(connection, [ground], now)
            await decide_plans(connection, managed, keeping.measures, now=now, cause=CAUSE)
        await place_people(connection, [held.person_id], now=now)
    return after


async def close_follow_up(
    database: Database,
    follow_up_id: UUID,
    outcome: FollowUpOutcome,
    closed_at: datetime,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> FollowUp:
    """Close a follow-up and return it; closing it again with the same outcome changes nothing.

    Raises NotFound, or Conflict when nobody has asked since the last purchase or it ended otherwise.
    """
    async with database.transaction() as connection:
        held = await _locked(connection, follow_up_id, bounds)
        if held.state is FollowUpState.CLOSED:
            if held.outcome is not outcome:
                raise Conflict(f"This follow-up ended as {held.outcome}.")
            return held
        if (reason := refusal_to_close(held)) is not None:
            raise Conflict(reason)
        after = closed(held, closed_at, outcome)
        await drugs.write_follow_ups(connection, [after], now)
        await place_people(connection, [held.person_id], now=now)
    return after


async def _locked(connection: Connection, follow_up_id: UUID, bounds: tuple[str, str]) -> FollowUp:
    """Lock the buyer before the follow-up, as recording a sale does, and return what holds."""
    seen = await drugs.find_follow_up(connection, follow_up_id, bounds)
    if seen is None:
        raise NotFound("There is no such follow-up.")
    survivors = await stored_people.resolve(connection, [seen.person_id])
    await drugs.lock_buyers(connection, [seen.person_id, *survivors.values()])
    held = await drugs.find_follow_up(connection, follow_up_id, bounds, lock=True)
    assert held is not None
    return held
