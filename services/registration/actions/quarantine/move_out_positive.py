"""Move somebody out who was found positive inside a site, and manage their neighbours, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.rules.day_count import day_of
from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.quarantine.neighbours import Contact, contacts_of
from services.registration.rules.quarantine.stay import POSITIVE, Stay
from services.registration.storage import grounds, rooms, site_positives, sites
from services.registration.storage.grounds import Ground
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration import MovedOut
from shared.errors import FieldProblem, InvalidInput
from shared.policy.quarantine import Neighbours
from shared.postgres import Connection, Database

Bounds = tuple[str, str]
EVERYWHERE: Bounds = ("", "~")


@dataclass(frozen=True, slots=True)
class MoveOut:
    """The stay that ended, and who became a contact."""

    stay: Stay
    contacts: list[Contact]
    is_new: bool
    """False when this was known."""


@dataclass(frozen=True, slots=True)
class PositiveFound:
    """Somebody was found positive; `site` is None where whoever tells does not know it."""

    person_id: UUID
    found_at: datetime
    site: str | None = None


async def move_out_positive(
    database: Database,
    found: PositiveFound,
    law: Neighbours,
    measures: MeasuresLaw,
    *,
    bounds: Bounds = EVERYWHERE,
    now: datetime,
) -> MoveOut | None:
    """End the stay of a positive person at once, close the room, and bring the neighbours under management.

    The room is given to nobody until it has been disinfected; whoever else is in it stays until moved. A
    repetition changes nothing. None for somebody who is in no site; raises InvalidInput where a site is named
    in which they do not stay (town §11, city §14).
    """
    async with database.transaction() as connection:
        await rooms.lock_people(connection, [found.person_id])
        stay = (await rooms.last_stays(connection, [found.person_id])).get(found.person_id)
        if stay is None or not _is_meant(stay, found, bounds):
            return _nobody(found)
        await sites.lock_several(connection, [stay.site])
        if not await site_positives.insert(connection, stay, found.found_at, now):
            return MoveOut(stay, await site_positives.contacts_of(connection, stay.id), is_new=False)
        contacts = await _contacts(connection, stay, found, law)
        if stay.ended_at is None:
            ended_at = min(found.found_at, now)
            await rooms.disinfect(connection, stay.site, stay.room, now)
            await rooms.end_stays(connection, [stay], ended_at=ended_at, reason=POSITIVE)
        await _manage(connection, stay, contacts, found, law, measures, now)
        stay = (await rooms.last_stays(connection, [found.person_id]))[found.person_id]
    return MoveOut(stay, contacts, is_new=True)


def _is_meant(stay: Stay, found: PositiveFound, bounds: Bounds) -> bool:
    """A stay that was over before the finding is not meant, unless it ended by it."""
    if not bounds[0] <= stay.site_division < bounds[1] or found.site not in (None, stay.site):
        return False
    return stay.ended_at is None or stay.ended_at >= found.found_at or stay.end_reason == POSITIVE


def _nobody(found: PositiveFound) -> None:
    if found.site is not None:
        problem = FieldProblem("person_id", "does not stay in this site")
        raise InvalidInput("Nobody of that id stays in the site.", problems=[problem])


async def _contacts(
    connection: Connection, stay: Stay, found: PositiveFound, law: Neighbours
) -> list[Contact]:
    stays = await rooms.stays_since(connection, stay.site, found.found_at - law.within)
    own = next((one for one in stays if one.stay_id == stay.id), None)
    return [] if own is None else contacts_of(own, stays, found_at=found.found_at, law=law)


async def _manage(
    connection: Connection,
    stay: Stay,
    contacts: list[Contact],
    found: PositiveFound,
    law: Neighbours,
    measures: MeasuresLaw,
    now: datetime,
) -> None:
    await site_positives.insert_contacts(connection, stay, contacts)
    began_on = day_of(found.found_at)
    people = await grounds.insert(
        connection, [Ground(one.person_id, law.ground, began_on, now) for one in contacts], now
    )
    event = MovedOut(
        division=stay.site_division,
        occurred_at=found.found_at,
        recorded_at=now,
        person_id=stay.person_id,
        site=stay.site,
        room=stay.room,
        contacts=len(contacts),
    )
    await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, stay.id))], now=now)
    await decide_plans(connection, people, measures, now=now, cause="contact-in-quarantine")
