"""Withdraw a return that was none, in one transaction: its clock ends, its person is decided about anew."""

from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.actions.plans.place_people import place_people
from services.registration.actions.returns.find_same import Moved
from services.registration.actions.returns.record_returns import LOOKS, write_ways_home
from services.registration.actions.returns.return_events import events_of
from services.registration.ledger import Change
from services.registration.rules.returns.return_law import ReturnLaw
from services.registration.rules.returns.return_merge import Return
from services.registration.rules.returns.withdrawal import Withdrawal, problems_of, withdraw
from services.registration.storage import people, plan_decisions, returns, withdrawn_returns
from services.registration.storage.preregistrations import link_returns
from shared import outbox
from shared.errors import InvalidInput, NotFound, Unavailable
from shared.postgres import Connection, Database
from shared.verdicts import Verdict

CAUSE = "return-withdrawn"


async def withdraw_return(
    database: Database,
    return_id: UUID,
    withdrawal: Withdrawal,
    law: ReturnLaw,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Return, Verdict]:
    """Withdraw a return of the subtree and return it; withdrawing it again changes nothing.

    Its 12 hours of registration end (渡建胜肺炎组发〔2021〕2号 §16), a pre-registration that it had fulfilled
    is open again, and the person's plan is decided by what remains. Raises NotFound, InvalidInput, and
    Conflict for one that is another return told again.
    """
    if problems := problems_of(withdrawal, now):
        raise InvalidInput("The withdrawal has fields that are refused.", problems=problems)
    for _ in range(LOOKS):
        try:
            async with database.transaction() as connection:
                return await _withdraw(connection, return_id, withdrawal, law, bounds, now)
        except Moved:
            continue
    raise Unavailable("The same return is being recorded elsewhere; nothing was withdrawn.")


async def _withdraw(
    connection: Connection,
    return_id: UUID,
    withdrawal: Withdrawal,
    law: ReturnLaw,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Return, Verdict]:
    seen = await returns.find(connection, return_id, bounds)
    if seen is None:
        raise NotFound("There is no such return.")
    people_concerned = set[UUID]()
    if seen.person_id is not None:  # people first, then references, then returns, as whoever records them
        people_concerned = set((await people.resolve(connection, [seen.person_id])).values())
        await plan_decisions.lock_people(connection, people_concerned)
    await withdrawn_returns.lock_references(connection, return_id)
    held = (await returns.lock(connection, [return_id]))[return_id]
    if held.person_id != seen.person_id:
        raise Moved
    after = withdraw(held, withdrawal)
    if after == held:
        return held, Verdict.DUPLICATE
    await returns.update(connection, [after], now)
    await withdrawn_returns.append(connection, return_id, withdrawal, now)
    change = Change(held, after)
    if held.journey:
        await write_ways_home(connection, [change], law, now=now)
    await link_returns(connection, people_concerned, now)
    await outbox.put(connection, events_of(change), now=now)
    await decide_plans(connection, people_concerned, law.measures, now=now, cause=CAUSE)
    await place_people(connection, list(people_concerned), now=now)
    return after, Verdict.STORED
