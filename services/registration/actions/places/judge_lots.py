"""Judge whether cold-chain lots may be sold, and tell the others where that has changed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.registration.rules.places.four_proofs import LotState, judge, next_change_after
from services.registration.rules.places.lot import Lot
from services.registration.storage import cold_chain
from services.registration.storage.cold_chain import Holding, Judged
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration.places import LotBlocked, LotCleared
from shared.policy.key_places import ColdChain
from shared.postgres import Connection, Database

LOTS_AT_ONCE = 500


async def judge_lots(
    connection: Connection, lots: Sequence[Lot], law: ColdChain, *, now: datetime
) -> dict[UUID, Lot]:
    """Judge lots within the caller's transaction, which has locked them, and return them as they stand.

    A lot that was never judged is told in any case; what lacks other proofs than before and stays blocked is
    told again, so that whoever reads knows which.
    """
    ids = [lot.id for lot in lots]
    proofs = await cold_chain.proofs_of(connection, ids)
    kinds = [kind.id for kind in law.proofs]
    judged: list[Judged] = []
    for lot in lots:
        lacks = tuple(judge(proofs.get(lot.id, ()), kinds, now))
        state = LotState.BLOCKED if lacks else LotState.CLEARED
        changed = (state, lacks) != (lot.state, lot.lacks) or lot.judgement == 0
        after = replace(lot, state=state, lacks=lacks, judged_at=now, judgement=lot.judgement + changed)
        judged.append(Judged(after, next_change_after(proofs.get(lot.id, ()), now)))
    await cold_chain.write_judgements(connection, judged, now)
    before = {lot.id: lot.judgement for lot in lots}
    told = [one.lot for one in judged if one.lot.judgement != before[one.lot.id]]
    holdings = await cold_chain.holdings_of(connection, [lot.id for lot in told]) if told else {}
    events = [event for lot in told for event in _events(lot, holdings.get(lot.id, ()), now)]
    await outbox.put(connection, events, now=now)
    return {one.lot.id: one.lot for one in judged}


def _events(lot: Lot, holdings: Iterable[Holding], now: datetime) -> list[Envelope]:
    """Return what is told of a lot: to its own division, and to every one where some of it still is."""
    divisions = {lot.division, *(one.place.division for one in holdings if one.amount > 0)}
    envelopes: list[Envelope] = []
    for division in sorted(divisions):
        facts = {"division": division, "occurred_at": now, "recorded_at": now, "lot_id": lot.id}
        event = (
            LotBlocked.model_validate({**facts, "lacks": [one.kind for one in lot.lacks]})
            if lot.state is LotState.BLOCKED
            else LotCleared.model_validate(facts)
        )
        envelopes.append(envelop(event, id=derived_id(event.TYPE, lot.id, lot.judgement, division)))
    return envelopes


async def judge_due_lots(database: Database, law: ColdChain, *, now: datetime) -> bool:
    """Judge the lots of which a proof has ended, some at a time; tell whether more may be waiting."""
    async with database.transaction() as connection:
        due = await cold_chain.lock_due(connection, now=now, most=LOTS_AT_ONCE)
        if due:
            await judge_lots(connection, due, law, now=now)
    return len(due) == LOTS_AT_ONCE
