"""Let an official say who answers for a person in a role, or where in the village the person lives."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.care.assign_five import REASSIGNED, begun_event, ended_event
from services.registration.rules.care.five import Charge, may_answer
from services.registration.rules.care.grid import GridPlace, lineage
from services.registration.storage import charges, grid
from services.registration.storage.charges import CareState, PersonUnderCare, StoredCharge, new_charge
from shared import outbox
from shared.errors import Conflict, FieldProblem, InvalidInput, NotFound
from shared.policy.care import CareFile
from shared.postgres import Connection, Database

Reaches = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """That somebody shall answer for a person in a role from now on."""

    role: str
    responsible: str
    """The mark of whoever shall answer."""


async def reassign_charge(
    database: Database, law: CareFile, person_id: UUID, order: ChargeOrder, *, reaches: Reaches, now: datetime
) -> UUID:
    """Carry an order out and return the person's id; who answered and who will are both told of it.

    What stands already changes nothing. Raises NotFound for a person outside the subtree, Conflict for one
    for whom nobody needs to answer, InvalidInput for a role or somebody out of scope.
    """
    if order.role not in law.five.roles:
        problem = FieldProblem("role", f"is none of {', '.join(law.five.roles)}")
        raise InvalidInput("The order has fields that are refused.", problems=[problem])
    async with database.transaction() as connection:
        await charges.take_turn(connection)
        person = await must_find(connection, person_id, reaches)
        (state,) = await charges.states_of(connection, [person.id])
        if not state.under_care:
            raise Conflict("Nobody needs to answer for this person: there is no return and no plan.")
        staff_id = await _must_be_in_scope(connection, order, person)
        standing = await charges.charges_of(connection, [person.id])
        held = next((one for one in standing if one.charge.role == order.role), None)
        if held is None or held.charge.staff_id != staff_id:
            await _replace(connection, state, Charge(person.id, order.role, staff_id), held, now)
            filled = {order.role, *(one.charge.role for one in standing)}
            missing = tuple(role for role in law.five.roles if role not in filled)
            await charges.keep_under_care(connection, [(state, missing)], now)
    return person.id


async def settle_person(
    database: Database, person_id: UUID, place: GridPlace, *, reaches: Reaches, now: datetime
) -> PersonUnderCare:
    """Note in which block and building of their village a person lives; who answers is looked at again."""
    async with database.transaction() as connection:
        await charges.take_turn(connection)
        person = await must_find(connection, person_id, reaches)
        settled = GridPlace(person.division, place.block, place.building)
        if settled != person.place:
            await charges.save_grid_place(connection, person.id, settled, now)
            await charges.look_at(connection, [person.id])
    return PersonUnderCare(person.id, settled, person.missing, person.since)


async def must_find(connection: Connection, person_id: UUID, reaches: Reaches) -> PersonUnderCare:
    """Return a person of the subtree, followed through merges; raises NotFound."""
    person = await charges.find_under_care(connection, person_id)
    if person is None or not reaches(person.division):
        raise NotFound("There is no such person.")
    return person


async def _must_be_in_scope(connection: Connection, order: ChargeOrder, person: PersonUnderCare) -> UUID:
    at_work = [one.held for one in await grid.at_work(connection, lineage(person.division))]
    staff_id = grid.staff_id_of(order.responsible)
    if not may_answer(staff_id, order.role, person.place, at_work):
        reason = f"is nobody at work who holds the role {order.role} where this person lives"
        raise InvalidInput(
            "The order has fields that are refused.", problems=[FieldProblem("responsible", reason)]
        )
    return staff_id


async def _replace(
    connection: Connection, state: CareState, charge: Charge, held: StoredCharge | None, now: datetime
) -> None:
    begun = new_charge(charge, state.place.division, now)
    events = [begun_event(begun, now)]
    if held is not None:
        await charges.end_charges(connection, {held.id: REASSIGNED}, now)
        events.insert(0, ended_event(held, REASSIGNED, now, charge.staff_id))
    await charges.add_charges(connection, [begun], now)
    await outbox.put(connection, events, now=now)
