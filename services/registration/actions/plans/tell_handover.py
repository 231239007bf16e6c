"""Record what is told of a hand-over and tell the others, in one transaction."""

from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.place_people import place_people
from services.registration.rules.plans.handover import Handover, HandoverStep, tell
from services.registration.rules.telling import Telling, is_earlier
from services.registration.storage import stages
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration.stages import HandoverConfirmed, HandoverTakenOver
from shared.errors import NotFound
from shared.postgres import Database


async def tell_handover(
    database: Database,
    handover_id: UUID,
    step: HandoverStep,
    told: Telling,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> Handover:
    """Keep the earliest telling of a step and return how the hand-over stands.

    Saying it again changes nothing. Raises NotFound for a hand-over outside the subtree, InvalidInput and
    Conflict as the rule does.
    """
    async with database.transaction() as connection:
        before = await stages.lock_handover(connection, handover_id, bounds)
        if before is None:
            raise NotFound("There is no such hand-over.")
        after = tell(before, step, told, now)
        if after != before:
            await stages.update_handover(connection, after)
            await outbox.put(connection, events_of(before, after), now=now)
            await place_people(connection, [after.person_id], now=now)
    return after


def events_of(before: Handover, after: Handover) -> list[Envelope]:
    """Return what a change tells the others; each moment is told once, the id follows from it."""
    envelopes: list[Envelope] = []
    for event, earlier, later in (
        (HandoverTakenOver, before.taken_over, after.taken_over),
        (HandoverConfirmed, before.confirmed, after.confirmed),
    ):
        if later is None or not is_earlier(later, earlier):
            continue
        told = event(
            division=after.division,
            occurred_at=later.at,
            recorded_at=later.recorded_at,
            handover_id=after.id,
            plan_id=after.plan_id,
            person_id=after.person_id,
        )
        envelopes.append(envelop(told, id=derived_id(told.TYPE, after.id, later.at)))
    return envelopes
