"""Record that a resident leaves and ask for the test before it, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.registration.actions.movement.departure_events import events_of
from services.registration.actions.people.identify_people import identify_people
from services.registration.rules.day_count import day_of
from services.registration.rules.movement.departure import (
    Departure,
    DepartureStated,
    days_of_test,
    stricter,
)
from services.registration.rules.people.person import PersonStated
from services.registration.storage import movement
from services.registration.storage import people as stored_people
from shared import outbox
from shared.areas import wider_areas
from shared.errors import Conflict, FieldProblem, InvalidInput, NotFound
from shared.policy.movement import Departures
from shared.postgres import Connection, Database
from shared.sealing import Sealer
from shared.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class DepartureRecorded:
    """What became of a statement, and what holds now."""

    held: Departure
    verdict: Verdict


async def record_departure(
    database: Database,
    stated: DepartureStated,
    person: PersonStated | None,
    law: Departures,
    sealer: Sealer,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> DepartureRecorded:
    """Keep what was said and return what holds: the last word entered (渡建胜肺炎组发〔2021〕2号 §15).

    A repetition changes nothing, whenever it comes: what is said a second time and is meant carries its own
    `recorded_at`.

    With `person` the one who leaves is found or taken in, whatever `stated` names. Raises InvalidInput for an
    id of nobody whom the caller may see, Conflict for another person under the same reference, and for
    another word about a departure that was withdrawn.
    """
    async with database.transaction() as connection:
        if person is not None:
            (who,) = await identify_people(
                connection, sealer, [person], now=now, received_from=stated.received_from
            )
            stated = replace(stated, person_id=who.person_id)
        else:
            await _must_be_seen(connection, stated.person_id, bounds, day_of(now))
        await movement.share_demands(connection)
        draft = await _with_test(connection, _draft(stated), law, day_of(now))
        is_new = await movement.insert(connection, draft, now=now, received_from=stated.received_from)
        (held,) = await movement.lock(connection, [stated.id])
        if not is_new:
            await _must_be_same(connection, held, stated)
        is_said_first = await movement.append(connection, stated, now=now)
        if not is_new and (not is_said_first or held.withdrawn_at is not None):
            return DepartureRecorded(held, Verdict.DUPLICATE)
        after = held
        if not is_new and stated.recorded_at >= held.recorded_at:
            after = replace(draft, person_id=held.person_id)
            await movement.update(connection, [after], now)
        await outbox.put(connection, events_of(None if is_new else held, after, now), now=now)
    return DepartureRecorded(after, Verdict.STORED)


async def withdraw_departure(
    database: Database,
    departure_id: UUID,
    *,
    bounds: tuple[str, str],
    now: datetime,
    received_from: str,
) -> Departure:
    """Note that somebody does not leave after all and return what holds; its test is dropped.

    Raises NotFound; repeating it changes nothing.
    """
    async with database.transaction() as connection:
        if await movement.find(connection, departure_id, bounds) is None:
            raise NotFound("There is no such departure.")
        (held,) = await movement.lock(connection, [departure_id])
        if held.withdrawn_at is not None:
            return held
        after = replace(held, withdrawn_at=now, test=None, recorded_at=max(now, held.recorded_at))
        await movement.update(connection, [after], now)
        await movement.append_withdrawal(connection, held, now=now, received_from=received_from)
        await outbox.put(connection, events_of(held, after, now), now=now)
    return after


async def _must_be_seen(
    connection: Connection, person_id: UUID, bounds: tuple[str, str], today: date
) -> None:
    survivors = await stored_people.resolve(connection, [person_id])
    survivor = survivors.get(person_id)
    if survivor is not None:
        same = (await stored_people.merged_into(connection, [survivor]))[survivor]
        if await movement.find_mover(connection, survivor, same, bounds, today) is not None:
            return
    problem = FieldProblem("person_id", "is nobody who is on record here")
    raise InvalidInput("Who leaves is not known.", problems=[problem])


async def _must_be_same(connection: Connection, held: Departure, stated: DepartureStated) -> None:
    survivors = await stored_people.resolve(connection, [held.person_id, stated.person_id])
    if survivors[held.person_id] != survivors[stated.person_id]:
        problem = FieldProblem("reference", "stands for another person's departure")
        raise Conflict("The departure contradicts what is on record.", problems=[problem])
    if held.withdrawn_at is not None and held.content != stated.content:
        problem = FieldProblem("reference", "stands for a departure that was withdrawn")
        raise Conflict("The departure was withdrawn; another one has another reference.", problems=[problem])


def _draft(stated: DepartureStated) -> Departure:
    return Departure(
        id=stated.id,
        reference=stated.reference,
        division=stated.division,
        person_id=stated.person_id,
        destination=stated.destination,
        leaving_on=stated.leaving_on,
        purpose=stated.purpose,
        within_hours=stated.within_hours,
        recorded_at=stated.recorded_at,
        test=None,
    )


async def _with_test(connection: Connection, departure: Departure, law: Departures, today: date) -> Departure:
    (judged,) = await judge_tests(connection, [departure], law, today)
    return judged


async def judge_tests(
    connection: Connection, departures: Sequence[Departure], law: Departures, today: date
) -> list[Departure]:
    """Return departures with the tests that their destinations ask for, as is known by now."""
    around = {one.destination: (one.destination, *wider_areas(one.destination)) for one in departures}
    demands = await movement.demands_of(connection, {area for areas in around.values() for area in areas})
    judged: list[Departure] = []
    for one in departures:
        asked = [demands[area].within_hours for area in around[one.destination] if area in demands]
        within = stricter(one.within_hours, *asked)
        judged.append(replace(one, test=days_of_test(one.leaving_on, within, law, today)))
    return judged
