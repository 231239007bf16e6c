"""Decide the plans of people anew from all that is on record, within the caller's transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.registration.actions.plans import plan_events
from services.registration.actions.plans.hand_over_early import hand_over_early
from services.registration.actions.plans.place_people import place_people
from services.registration.actions.plans.read_people import read_people
from services.registration.actions.plans.settle_tests import settle_tests
from services.registration.actions.plans.write_tests import write_tests
from services.registration.actions.quarantine.carry_out_transfer import withdraw_needless_transfers
from services.registration.actions.quarantine.record_transfers import keep_transfers
from services.registration.rules.day_count import day_of
from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.plans.early_leave import leaves_site
from services.registration.rules.plans.episode import present_episode
from services.registration.rules.plans.next_version import (
    Next,
    PlanOnRecord,
    PlanState,
    PlanVersion,
    next_version,
)
from services.registration.rules.quarantine.transfer import TransferStatement
from services.registration.storage import people as stored_people
from services.registration.storage import plan_decisions, transfers
from shared import outbox
from shared.postgres import Connection

PARTED = "merge-undone"
"""The cause by which people are judged who turned out to be two."""
RECEIVED_FROM = "plans"
"""Who decides a transfer that follows from a plan, in the transfer's ledger."""


async def decide_plans(
    connection: Connection,
    person_ids: Collection[UUID],
    law: MeasuresLaw,
    *,
    now: datetime,
    cause: str,
) -> list[PlanVersion]:
    """Judge people by what is on record, write a version where the decision differs, and return those.

    `cause` says what made it necessary and stands in the version. Whoever's present stage is at a
    quarantine site is given the decision for a transfer in the same transaction (渡建胜肺炎组发〔2021〕2号
    §7): its twelve hours run from now. One that a plan asked for and does not ask for any more is withdrawn;
    whoever is at the site already is handed over like at the regular end (§8(1)).
    To be called after any change of facts; it changes nothing when nothing follows.
    """
    if not person_ids:
        return []
    survivors = set((await stored_people.resolve(connection, list(person_ids))).values())
    people = await plan_decisions.lock_people(connection, survivors)
    same = await stored_people.merged_into(connection, list(survivors))
    owners = {id_: survivor for survivor, several in same.items() for id_ in several}
    on_record = await read_people(connection, people, owners, law)
    held: defaultdict[UUID, list[PlanOnRecord]] = defaultdict(list)
    for plan in await plan_decisions.plans_of(connection, owners):
        held[owners[plan.begun_for]].append(plan)
    today = day_of(now)
    found = {
        person.id: next_version(law, person.id, present_episode(law, person), held[person.id], today)
        for person in on_record
    }
    versions = await _write(connection, list(found.values()), held, law, now=now, cause=cause)
    await hand_over_early(
        connection, _leaving(found, held, law), people, owners, parted=cause == PARTED, now=now
    )
    await place_people(connection, [*person_ids, *owners], now=now)
    return versions


async def _write(
    connection: Connection,
    found: Sequence[Next],
    held: Mapping[UUID, Sequence[PlanOnRecord]],
    law: MeasuresLaw,
    *,
    now: datetime,
    cause: str,
) -> list[PlanVersion]:
    versions = [one.version for one in found if one.version is not None]
    withdrawn = [plan for one in found for plan in one.withdrawn]
    events = [plan_events.withdrawn(plan, now) for plan in withdrawn]
    if withdrawn:
        await plan_decisions.withdraw(connection, [plan.id for plan in withdrawn], now)
    if versions:
        lists = {kind.id: kind.care_list for kind in law.kinds}
        await plan_decisions.write(connection, versions, lists, now=now, cause=cause)
        events += [plan_events.decided(plan, now) for plan in versions]
    events += await write_tests(connection, versions, withdrawn, now=now)
    await outbox.put(connection, events, now=now)
    tested = [plan.person_id for plan in versions if plan.tests]
    if tested and law.pack.release is not None:
        await settle_tests(connection, tested, law.pack.release.tests, now=now)
    anew = {plan.person_id for plan in withdrawn} | {plan.person_id for plan in versions if plan.version > 1}
    at_sites = [kind.id for kind in law.kinds if kind.place == "site"]
    await withdraw_needless_transfers(connection, anew, at_sites, now=now)
    coming = [plan for plan in versions if _comes_to_a_site(plan, law)]
    waiting = await _already_awaited(connection, coming, held)
    orders = [_transfer(plan, now) for plan in coming if plan.person_id not in waiting]
    if orders:
        await keep_transfers(connection, orders, now=now)
    return versions


def _leaving(
    found: Mapping[UUID, Next], held: Mapping[UUID, Sequence[PlanOnRecord]], law: MeasuresLaw
) -> dict[UUID, PlanOnRecord]:
    """Return who leaves a site by what follows now, and the plan under which they were there."""
    if law.pack.release is None:
        return {}
    kinds = law.pack.release.handover.from_kinds
    left = {person_id: leaves_site(held[person_id], one, kinds) for person_id, one in found.items()}
    return {person_id: plan for person_id, plan in left.items() if plan is not None}


def _comes_to_a_site(plan: PlanVersion, law: MeasuresLaw) -> bool:
    """Tell whether a version brings somebody to a quarantine site who was at none by their plan."""
    if law.kind(plan.stage.kind).place != "site":
        return False
    return plan.former_stage is None or law.kind(plan.former_stage).place != "site"


async def _already_awaited(
    connection: Connection, coming: Sequence[PlanVersion], held: Mapping[UUID, Sequence[PlanOnRecord]]
) -> set[UUID]:
    """Return who awaits a transfer already that a plan of theirs asked for which was not lived to its end.

    Of two records that were merged one may have been decided for before: its twelve hours go on.
    """
    people = [plan.person_id for plan in coming if held.get(plan.person_id)]
    if not people:
        return set()
    awaited = await transfers.awaited_by_plans(connection, people)
    return {
        person_id
        for person_id, reference in awaited
        if any(
            reference.startswith(_reference(plan.id))
            for plan in held[person_id]
            if plan.state is not PlanState.RELEASED
        )
    }


def _reference(plan_id: UUID) -> str:
    return f"plan-{plan_id.hex[:12]}"


def _transfer(plan: PlanVersion, now: datetime) -> TransferStatement:
    """Return the decision for a transfer; a plan that leads to a site a second time asks for a second one."""
    short = _reference(plan.plan_id)
    return TransferStatement(
        reference=short if plan.version == 1 else f"{short}-{plan.version}",
        division=plan.division,
        person_id=plan.person_id,
        decided_at=now,
        arrived_at=None,
        recorded_at=now,
        received_from=RECEIVED_FROM,
    )
