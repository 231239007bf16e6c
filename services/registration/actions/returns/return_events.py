"""What a change of a return tells the other services."""

from services.registration.ledger import Change
from services.registration.rules.returns.return_merge import Return
from services.registration.rules.telling import is_earlier
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import PersonReturned, ReturnKnown, ReturnRegistered, ReturnWithdrawn


def events_of(change: Change[Return]) -> list[Envelope]:
    """Return what a change tells the others; each moment is told once, the id follows from it."""
    before, after = change.before, change.after
    if after.is_withdrawn:
        return [] if before is None or before.is_withdrawn else [_withdrawn(after)]
    envelopes: list[Envelope] = []
    if is_earlier(after.arrived, before and before.arrived):
        known = ReturnKnown(
            division=after.division,
            occurred_at=after.arrived.at,
            recorded_at=after.arrived.recorded_at,
            return_id=after.id,
        )
        envelopes.append(envelop(known, id=derived_id(known.TYPE, after.id, after.arrived.at)))
    registered = after.registered
    if registered is None:
        return envelopes
    if is_earlier(registered, before and before.registered):
        event = ReturnRegistered(
            division=after.division,
            occurred_at=registered.at,
            recorded_at=registered.recorded_at,
            return_id=after.id,
        )
        envelopes.append(envelop(event, id=derived_id(event.TYPE, after.id, registered.at)))
    if after.person_id is not None and not (before and before.registered and before.person_id):
        returned = PersonReturned(
            division=after.division,
            occurred_at=registered.at,
            recorded_at=registered.recorded_at,
            person_id=after.person_id,
            return_id=after.id,
            arrived_at=after.arrived.at,
        )
        envelopes.append(envelop(returned, id=derived_id(returned.TYPE, after.id, after.person_id)))
    return envelopes


def _withdrawn(held: Return) -> Envelope:
    if held.withdrawn is not None:
        by_hand = ReturnWithdrawn(
            division=held.division,
            occurred_at=held.withdrawn.at,
            recorded_at=held.withdrawn.at,
            return_id=held.id,
            into_return_id=held.id,
            reason_code=held.withdrawn.reason,
        )
        return envelop(by_hand, id=derived_id(by_hand.TYPE, held.id, held.id))
    assert held.withdrawn_into is not None
    event = ReturnWithdrawn(
        division=held.division,
        occurred_at=held.arrived.at,
        recorded_at=held.arrived.recorded_at,
        return_id=held.id,
        into_return_id=held.withdrawn_into,
    )
    return envelop(event, id=derived_id(event.TYPE, held.id, held.withdrawn_into))
