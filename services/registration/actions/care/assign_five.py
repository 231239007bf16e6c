"""Look at people whose care may have changed: give them who is missing, end what stands no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.registration.actions.care.join_health_days import join_health_days
from services.registration.actions.care.settle_missed_days import MANAGEMENT_ENDED, excuse_days
from services.registration.rules.care.five import Assignment, CaredFor, Charge, assign
from services.registration.rules.care.grid import lineage
from services.registration.rules.day_count import day_of
from services.registration.storage import charges, grid, people
from services.registration.storage.charges import CareState, StoredCharge, new_charge
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import ChargeAssigned, ChargeEnded
from shared.policy.care import CareFile
from shared.postgres import Connection, Database

MOST_PEOPLE = 500

LEFT_OR_OUT_OF_SCOPE = "left-or-out-of-scope"
REASSIGNED = "reassigned"


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one look."""

    looks: int
    """How many people were looked at; fewer than were asked for means that nobody else waits."""
    begun: int
    ended: int


async def assign_five(database: Database, law: CareFile, *, now: datetime, most: int = MOST_PEOPLE) -> Looked:
    """Take up to `most` people who are to be looked at and bring their five to what the rule gives.

    Whoever is under care keeps what stands and gets what is missing, as far as the grid has it; whoever is
    not keeps nobody (渡建胜肺炎组发〔2021〕2号 §5). Whoever they were merged into is looked at too. Both
    sides learn of each change by its event. Whose management has ended owes no health report from that day.
    """
    async with database.transaction() as connection:
        looks = await charges.take_looks(connection, most)
        if not looks:
            return Looked(0, 0, 0)
        await charges.take_turn(connection)
        person_ids = sorted({*looks, *(await people.resolve(connection, looks)).values()})
        states = await charges.states_of(connection, person_ids)
        standing = await charges.charges_of(connection, person_ids)
        under_care = [state for state in states if state.under_care]
        assignment = await _assign(connection, law, under_care, standing)
        ended = _reasons(assignment, states, standing)
        begun = await _write(connection, assignment, ended, states, now=now)
        over = [state.person_id for state in states if not state.under_care]
        await charges.leave_care(connection, over)
        await charges.keep_under_care(
            connection, [(state, assignment.missing[state.person_id]) for state in under_care], now
        )
        held = {one.id: one for one in standing}
        events = [ended_event(held[id_], reason, now) for id_, reason in ended.items()]
        events += [begun_event(one, now) for one in begun]
        merged = [state.person_id for state in states if state.merged_into is not None]
        events += await join_health_days(connection, merged, now=now)
        events += await excuse_days(connection, _managed_until(states), now=now)
        await outbox.put(connection, events, now=now)
    return Looked(len(looks), len(begun), len(ended))


async def _assign(
    connection: Connection, law: CareFile, under_care: Sequence[CareState], standing: Sequence[StoredCharge]
) -> Assignment:
    around = {code for state in under_care for code in lineage(state.place.division)}
    at_work = [one.held for one in await grid.at_work(connection, sorted(around))]
    counts = await charges.count_charges(connection, {held.staff_id for held in at_work})
    by_person: dict[UUID, list[Charge]] = {}
    for one in standing:
        by_person.setdefault(one.charge.person_id, []).append(one.charge)
    people = [
        CaredFor(state.person_id, state.place, tuple(by_person.get(state.person_id, ())))
        for state in under_care
    ]
    return assign(people, law.five.roles, at_work, counts)


def _managed_until(states: Sequence[CareState]) -> Mapping[UUID, date]:
    return {
        state.person_id: day_of(state.management_ended_at)
        for state in states
        if state.management_ended_at is not None
    }


def _reasons(
    assignment: Assignment, states: Sequence[CareState], standing: Sequence[StoredCharge]
) -> Mapping[UUID, str]:
    over = {state.person_id for state in states if not state.under_care}
    ended = set(assignment.ended)
    return {
        one.id: MANAGEMENT_ENDED if one.charge.person_id in over else LEFT_OR_OUT_OF_SCOPE
        for one in standing
        if one.charge.person_id in over or one.charge in ended
    }


async def _write(
    connection: Connection,
    assignment: Assignment,
    ended: Mapping[UUID, str],
    states: Sequence[CareState],
    *,
    now: datetime,
) -> list[StoredCharge]:
    division_of = {state.person_id: state.place.division for state in states}
    begun = [new_charge(charge, division_of[charge.person_id], now) for charge in assignment.begun]
    if ended:
        await charges.end_charges(connection, ended, now)
    if begun:
        await charges.add_charges(connection, begun, now)
    return begun


def begun_event(stored: StoredCharge, now: datetime) -> Envelope:
    """Return what tells a responsible person of somebody new."""
    event = ChargeAssigned(
        division=stored.division,
        occurred_at=stored.assigned_at,
        recorded_at=now,
        charge_id=stored.id,
        person_id=stored.charge.person_id,
        role=stored.charge.role,
        responsible_id=stored.charge.staff_id,
    )
    return envelop(event, id=derived_id(event.TYPE, stored.id))


def ended_event(
    stored: StoredCharge, reason_code: str, now: datetime, successor_id: UUID | None = None
) -> Envelope:
    """Return what tells a responsible person that they answer for somebody no more, and who does."""
    event = ChargeEnded(
        division=stored.division,
        occurred_at=now,
        recorded_at=now,
        charge_id=stored.id,
        person_id=stored.charge.person_id,
        role=stored.charge.role,
        responsible_id=stored.charge.staff_id,
        reason_code=reason_code,
        successor_id=successor_id,
    )
    return envelop(event, id=derived_id(event.TYPE, stored.id))
