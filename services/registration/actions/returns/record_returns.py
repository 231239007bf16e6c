"""Record what is said of returns, decide the plans that follow, and tell the others, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.registration.actions.people.identify_people import identify_people
from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.actions.plans.place_people import place_people
from services.registration.actions.returns.end_returns import end_returns
from services.registration.actions.returns.find_same import Moved, find_same
from services.registration.actions.returns.keeping import Keeping
from services.registration.actions.returns.return_events import events_of
from services.registration.ledger import Change, Ledger, Recorded, keep
from services.registration.rules.day_count import day_of
from services.registration.rules.returns import return_merge
from services.registration.rules.returns.return_law import ReturnLaw
from services.registration.rules.returns.return_merge import Return, ReturnStatement
from services.registration.rules.returns.stays import stays_of
from services.registration.storage import returns, same_returns
from services.registration.storage.preregistrations import link_returns
from shared import outbox
from shared.errors import Unavailable
from shared.postgres import Connection, Database
from shared.sealing import Sealer

RETURNS: Ledger[ReturnStatement, Return] = Ledger(
    begin=return_merge.begin,
    merge=return_merge.merge,
    insert=returns.insert,
    lock=returns.lock,
    update=returns.update,
    append=returns.append,
)

LOOKS = 5
"""Somebody else may record the same returns between our look and our lock; not for ever."""


async def record_returns(
    database: Database,
    statements: Sequence[ReturnStatement],
    keeping: Keeping,
    *,
    now: datetime,
) -> list[Recorded[Return]]:
    """Keep each statement once and return what became of each, in their order, with what holds now.

    An arrival that becomes known, or known to be earlier, is told at that time; so is a registration
    (渡建胜肺炎组发〔2021〕2号 §16). One person's arrival, told by several under references of their own, is
    one return with one clock. Whoever is known gets a plan, registered or not: the measures run from the
    arrival.
    """
    for _ in range(LOOKS):
        try:
            async with database.transaction() as connection:
                return await keep_returns(connection, statements, keeping, now=now)
        except Moved:
            continue
    raise Unavailable("The same returns are being recorded elsewhere; nothing was stored.")


async def keep_returns(
    connection: Connection, statements: Sequence[ReturnStatement], keeping: Keeping, *, now: datetime
) -> list[Recorded[Return]]:
    """Do the same within the caller's transaction; raises Moved when all of it must be done again."""
    law = keeping.law
    named = await _with_people(connection, keeping.sealer, statements, now)
    found = await find_same(connection, named, within=law.same_within)
    outcome = await keep(connection, RETURNS, found.statements, now=now)
    ended = await end_returns(connection, found.withdrawn, outcome.changes, now=now)
    changes = _in_one(outcome.changes, ended)
    await write_ways_home(connection, list(changes.values()), law, now=now)
    arrived = {one.after.person_id for one in changes.values() if one.after.person_id is not None}
    await link_returns(connection, arrived, now)
    await outbox.put(connection, [one for change in changes.values() for one in events_of(change)], now=now)
    people = people_to_decide(changes.values())
    await decide_plans(connection, people, law.measures, now=now, cause="return")
    await place_people(connection, arrived - people, now=now)
    return [
        replace(one, held=changes[one.held.id].after) if one.held.id in changes else one
        for one in outcome.recorded
    ]


async def _with_people(
    connection: Connection, sealer: Sealer, statements: Sequence[ReturnStatement], now: datetime
) -> list[ReturnStatement]:
    """Return the statements with whom they are about, as people are known by now."""
    said = list(statements)
    senders = {one.received_from for one in said if one.person is not None}
    for sender in sorted(senders):
        positions = [
            at for at, one in enumerate(said) if one.person is not None and one.received_from == sender
        ]
        people = [person for at in positions if (person := said[at].person) is not None]
        identified = await identify_people(connection, sealer, people, now=now, received_from=sender)
        for at, who in zip(positions, identified, strict=True):
            said[at] = replace(said[at], person_id=who.person_id)
    return said


def _in_one(*changes: Sequence[Change[Return]]) -> dict[UUID, Change[Return]]:
    """Return the changes of each return as one, from what held at first to what holds at last."""
    whole: dict[UUID, Change[Return]] = {}
    for change in (change for several in changes for change in several):
        known = whole.get(change.after.id)
        whole[change.after.id] = Change(known.before if known else change.before, change.after)
    return whole


async def write_ways_home(
    connection: Connection, changes: Sequence[Change[Return]], law: ReturnLaw, *, now: datetime
) -> None:
    """Write the ways home that changed, and the stays by which risk areas find them."""
    told = [
        change.after
        for change in changes
        if change.after.journey and _way_home(change.before) != _way_home(change.after)
    ]
    if told:
        stays = {
            held.id: ()
            if held.is_withdrawn
            else stays_of(held.journey, day_of(held.arrived.at), law.look_back_days)
            for held in told
        }
        await same_returns.write_journeys(connection, told, stays, now)


def _way_home(held: Return | None) -> object:
    return held and (held.journey, held.arrived.at, held.is_withdrawn)


def people_to_decide(changes: Iterable[Change[Return]]) -> set[UUID]:
    """Return whose facts a change of returns touches; a registration alone changes no plan."""
    return {
        change.after.person_id
        for change in changes
        if change.after.person_id is not None
        and (change.before is None or _facts(change.before) != _facts(change.after))
    }


def _facts(held: Return) -> object:
    return held.person_id, held.journey, held.arrived.at, held.withdrawn_into, held.is_withdrawn
