"""Bring returns and plans to who people are after two records were merged, or a merge was undone."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.actions.returns.end_returns import end_returns
from services.registration.actions.returns.part_returns import part_returns
from services.registration.actions.returns.record_returns import write_ways_home
from services.registration.actions.returns.return_events import events_of
from services.registration.rules.returns.return_law import ReturnLaw
from services.registration.rules.returns.same_return import Candidate, settle
from services.registration.storage import people, plan_decisions, same_returns
from services.registration.storage.preregistrations import link_returns
from shared import outbox
from shared.postgres import Connection


async def reconcile_returns(
    connection: Connection, person_ids: Collection[UUID], law: ReturnLaw, *, now: datetime, cause: str
) -> None:
    """End returns that are one by now, so that one clock runs on from the earliest arrival, and decide anew.

    Of people who are two again, the returns are parted and the plans decided for each. To be called in the
    transaction that merges people or undoes it; it may be done twice without harm.
    """
    survivors = set((await people.resolve(connection, list(person_ids))).values())
    await plan_decisions.lock_people(connection, survivors)
    same = await people.merged_into(connection, list(survivors))
    owners = {id_: survivor for survivor, several in same.items() for id_ in several}
    await plan_decisions.give_back(connection, owners)
    parted = await part_returns(connection, owners, now=now)
    known = await same_returns.returns_of(connection, owners, ())
    candidates = [Candidate.of(one, one.person_id and owners[one.person_id]) for one in known]
    settled = settle([], {}, candidates, within=law.same_within)
    changes = parted + await end_returns(connection, settled.withdrawn, (), now=now)
    await write_ways_home(connection, changes, law, now=now)
    await link_returns(connection, survivors, now)
    await outbox.put(connection, [one for change in changes for one in events_of(change)], now=now)
    await decide_plans(connection, survivors, law.measures, now=now, cause=cause)
