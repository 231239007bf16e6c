"""Make the statement that papers shown after the return amount to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.registration.rules.plans.facts import Proof
from services.registration.rules.returns.journey import Journey
from services.registration.rules.returns.return_merge import ReturnSource, ReturnStatement
from services.registration.storage import returns
from shared.errors import NotFound
from shared.postgres import Database


async def statement_of_proofs(
    database: Database,
    return_id: UUID,
    proofs: Sequence[Proof],
    bounds: tuple[str, str],
    *,
    source: ReturnSource,
    recorded_at: datetime,
    received_from: str,
) -> ReturnStatement:
    """Return a statement about a return of the subtree that says nothing but the papers; raises NotFound."""
    async with database.connection() as connection:
        held = await returns.find(connection, return_id, bounds)
    if held is None:
        raise NotFound("There is no such return.")
    return ReturnStatement(
        reference=held.reference,
        division=held.division,
        source=source,
        arrived_at=held.arrived.at,
        registered_at=None,
        recorded_at=recorded_at,
        received_from=received_from,
        person_id=held.person_id,
        journey=Journey.of(source, recorded_at, proofs=proofs),
        papers=tuple(proofs),
    )
