"""Ask for the hand-over of people whom new facts let leave a site, within the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.request_handovers import ask
from services.registration.rules.day_count import day_number, day_of
from services.registration.rules.plans.next_version import PlanOnRecord
from services.registration.storage import stages
from services.registration.storage.plan_decisions import PersonRow
from services.registration.storage.stages import Leaving
from shared.postgres import Connection


async def hand_over_early(
    connection: Connection,
    left: Mapping[UUID, PlanOnRecord],
    people: Sequence[PersonRow],
    owners: Mapping[UUID, UUID],
    *,
    parted: bool,
    now: datetime,
) -> None:
    """Ask for the hand-over of each who was at a site, by person and plan; today is their last day there.

    Whom the transfer team never picked up is at no site, and nobody hands them over; `parted` says that a
    merge was undone.
    """
    if not left:
        return
    own = [(owner, id_) for id_, owner in owners.items() if owner in left]
    elsewhere = await stages.never_picked_up(connection, own, parted=parted)
    change_on = day_number(day_of(now), 1)
    homes = {person.person_id: person.division for person in people}
    leaving = [
        Leaving(plan.id, person_id, homes[person_id], change_on)
        for person_id, plan in left.items()
        if person_id not in elsewhere
    ]
    await ask(connection, leaving, now=now, early=True)
