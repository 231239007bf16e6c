"""Record what is said of returns and tell the others, all in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from services.registration.ledger import Change, Ledger, Recorded, keep
from services.registration.rules.returns import return_merge
from services.registration.rules.returns.return_merge import Return, ReturnStatement
from services.registration.rules.telling import is_earlier
from services.registration.storage import returns
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import ReturnKnown, ReturnRegistered
from shared.postgres import Database

RETURNS: Ledger[ReturnStatement, Return] = Ledger(
    begin=return_merge.begin,
    merge=return_merge.merge,
    insert=returns.insert,
    lock=returns.lock,
    update=returns.update,
    append=returns.append,
)


async def record_returns(
    database: Database, statements: Sequence[ReturnStatement], *, now: datetime
) -> list[Recorded[Return]]:
    """Keep each statement once and return what became of each, in their order, with what holds now.

    An arrival that becomes known, or known to be earlier, is told at that time; so is a registration
    (渡建胜肺炎组发〔2021〕2号 §16).
    """
    async with database.transaction() as connection:
        outcome = await keep(connection, RETURNS, statements, now=now)
        events = [envelope for change in outcome.changes for envelope in events_of(change)]
        await outbox.put(connection, events, now=now)
    return outcome.recorded


def events_of(change: Change[Return]) -> list[Envelope]:
    """Return what a change tells the others; each moment is told once, the id follows from it."""
    before, after = change.before, change.after
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
    if registered is not None and is_earlier(registered, before and before.registered):
        event = ReturnRegistered(
            division=after.division,
            occurred_at=registered.at,
            recorded_at=registered.recorded_at,
            return_id=after.id,
        )
        envelopes.append(envelop(event, id=derived_id(event.TYPE, after.id, registered.at)))
    return envelopes
