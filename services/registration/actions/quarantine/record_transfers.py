"""Record what is said of transfers to central quarantine and tell the others, all in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from services.registration.actions.plans.place_people import place_people
from services.registration.ledger import Change, Ledger, Recorded, keep
from services.registration.rules.quarantine import transfer
from services.registration.rules.quarantine.transfer import Transfer, TransferStatement, returned_at
from services.registration.rules.telling import is_earlier
from services.registration.storage import returns, transfers
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import (
    CentralQuarantineDecided,
    QuarantineArrived,
    TransferRequested,
    TransferWithdrawn,
)
from shared.postgres import Connection, Database

TRANSFERS: Ledger[TransferStatement, Transfer] = Ledger(
    begin=transfer.begin,
    merge=transfer.merge,
    insert=transfers.insert,
    lock=transfers.lock,
    update=transfers.update,
    append=transfers.append,
)


async def record_transfers(
    database: Database, statements: Sequence[TransferStatement], *, now: datetime
) -> list[Recorded[Transfer]]:
    """Keep each statement once and return what became of each, in their order, with what holds now.

    A decision is told with the person's return, where that is known by then (渡建胜肺炎组发〔2021〕2号 §7).
    """
    async with database.transaction() as connection:
        return await keep_transfers(connection, statements, now=now)


async def keep_transfers(
    connection: Connection, statements: Sequence[TransferStatement], *, now: datetime
) -> list[Recorded[Transfer]]:
    """Do the same within the caller's transaction."""
    outcome = await keep(connection, TRANSFERS, statements, now=now)
    people = [change.after.person_id for change in outcome.changes]
    arrivals = await returns.find_arrivals(connection, people) if people else {}
    events = [
        envelope
        for change in outcome.changes
        for envelope in events_of(change, returned_at(change.after, arrivals))
    ]
    await outbox.put(connection, events, now=now)
    await place_people(connection, people, now=now)
    return outcome.recorded


def events_of(change: Change[Transfer], person_arrived_at: datetime | None) -> list[Envelope]:
    """Return what a change tells the others; each moment is told once, the id follows from it."""
    before, after = change.before, change.after
    envelopes: list[Envelope] = []
    if is_earlier(after.decided, before and before.decided):
        decided = CentralQuarantineDecided(
            division=after.division,
            occurred_at=after.decided.at,
            recorded_at=after.decided.recorded_at,
            transfer_id=after.id,
            person_id=after.person_id,
            arrived_at=person_arrived_at,
        )
        envelopes.append(envelop(decided, id=derived_id(decided.TYPE, after.id, after.decided.at)))
    requested = after.requested
    if requested is not None and is_earlier(requested, before and before.requested):
        asked = TransferRequested(
            division=after.division,
            occurred_at=requested.at,
            recorded_at=requested.recorded_at,
            transfer_id=after.id,
            person_id=after.person_id,
        )
        envelopes.append(envelop(asked, id=derived_id(asked.TYPE, after.id, requested.at)))
    envelopes += _withdrawal_of(change)
    arrived = after.arrived
    if arrived is not None and is_earlier(arrived, before and before.arrived):
        event = QuarantineArrived(
            division=after.division,
            occurred_at=arrived.at,
            recorded_at=arrived.recorded_at,
            transfer_id=after.id,
            person_id=after.person_id,
        )
        envelopes.append(envelop(event, id=derived_id(event.TYPE, after.id, arrived.at)))
    return envelopes


def _withdrawal_of(change: Change[Transfer]) -> list[Envelope]:
    """What was withdrawn is told once; who has arrived is not withdrawn any more."""
    after, known = change.after, change.before is not None and change.before.withdrawn is not None
    if after.withdrawn is None or known or after.arrived is not None:
        return []
    event = TransferWithdrawn(
        division=after.division,
        occurred_at=after.withdrawn.at,
        recorded_at=after.withdrawn.recorded_at,
        transfer_id=after.id,
        person_id=after.person_id,
        reason_code=after.withdrawn.reason_code,
        withdrawn_by=after.withdrawn.by,
    )
    return [envelop(event, id=derived_id(event.TYPE, after.id))]
