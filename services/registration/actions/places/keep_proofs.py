"""Keep what is said of the proofs of cold-chain lots, merged into what holds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.registration.actions.places.judge_lots import judge_lots
from services.registration.rules.places.four_proofs import Proof, merge
from services.registration.rules.places.lot import Lot
from services.registration.rules.telling import Telling
from services.registration.storage import cold_chain
from shared.errors import NotFound
from shared.policy.key_places import ColdChain
from shared.postgres import Connection, Database
from shared.verdicts import Verdict

NO_LOT = "There is no such lot."


async def keep_proofs(
    connection: Connection, said: Sequence[tuple[Proof, Telling]], *, now: datetime
) -> set[UUID]:
    """Keep statements within the caller's transaction, which has locked the lots.

    Returns the lots of which something was said that had not been said before.
    """
    if not said:
        return set()
    known = await cold_chain.proofs_of(connection, sorted({proof.lot_id for proof, _ in said}))
    held = {proof.id: proof for proofs in known.values() for proof in proofs}
    for proof, _ in said:
        held[proof.id] = merge(held[proof.id], proof) if proof.id in held else proof
    await cold_chain.put_proofs(connection, [held[id_] for id_ in {proof.id for proof, _ in said}], now)
    once = {proof.statement_id: (proof, told) for proof, told in said}
    new = await cold_chain.append_proofs(connection, list(once.values()), now)
    return {once[statement_id][0].lot_id for statement_id in new}


async def record_proof(
    database: Database,
    proof: Proof,
    told: Telling,
    law: ColdChain,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Lot, Verdict]:
    """Keep what is said of a proof, a new one, its end or its withdrawal, and judge the lot anew.

    Raises NotFound for a lot that no place of the subtree has or had.
    """
    async with database.transaction() as connection:
        if await cold_chain.find(connection, proof.lot_id, bounds) is None:
            raise NotFound(NO_LOT)
        lot = (await cold_chain.lock(connection, [proof.lot_id]))[proof.lot_id]
        if not await keep_proofs(connection, [(proof, told)], now=now):
            return lot, Verdict.DUPLICATE
        judged = await judge_lots(connection, [lot], law, now=now)
    return judged[lot.id], Verdict.STORED
