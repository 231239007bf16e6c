"""Read cold-chain lots: one with its proofs and whereabouts, its trace, or a page of many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.places.keep_proofs import NO_LOT
from services.registration.actions.places.read_places import find_place
from services.registration.rules.places.four_proofs import Lacking, LotState, Proof, judge
from services.registration.rules.places.lot import Direction, Lot, Movement, places_of, trace
from services.registration.storage import cold_chain, notice_matches
from services.registration.storage.cold_chain import Holding, Whereabouts
from services.registration.storage.ledger_comparisons import LOTS
from services.registration.storage.listing import Window
from shared.errors import NotFound
from shared.policy.key_places import ColdChain
from shared.postgres import Connection, Database


@dataclass(frozen=True, slots=True)
class WholeLot:
    """A lot with its proofs and where it is."""

    lot: Lot
    proofs: Sequence[Proof]
    holdings: Sequence[Holding]


@dataclass(frozen=True, slots=True)
class Traced:
    """Movements of a lot, and the places that stand in them."""

    movements: Sequence[Movement]
    places: Mapping[UUID, Whereabouts]


async def _find(connection: Connection, lot_id: UUID, bounds: tuple[str, str]) -> Lot:
    lot = await cold_chain.find(connection, lot_id, bounds)
    if lot is None:
        raise NotFound(NO_LOT)
    return lot


async def read_lot(database: Database, lot_id: UUID, bounds: tuple[str, str]) -> WholeLot:
    """Return a lot that a place of the subtree has or had; raises NotFound."""
    async with database.connection() as connection:
        lot = await _find(connection, lot_id, bounds)
        proofs = await cold_chain.proofs_of(connection, [lot_id])
        holdings = await cold_chain.holdings_of(connection, [lot_id])
        return WholeLot(lot, proofs.get(lot_id, ()), holdings.get(lot_id, ()))


async def check_sale(
    database: Database, lot_id: UUID, law: ColdChain, *, bounds: tuple[str, str], now: datetime
) -> tuple[Lot, Sequence[Lacking], bool]:
    """Return a lot, what it lacks at this moment, and whether a notice from outside names it.

    Raises NotFound.
    """
    async with database.connection() as connection:
        lot = await _find(connection, lot_id, bounds)
        proofs = await cold_chain.proofs_of(connection, [lot_id])
        is_named = await notice_matches.is_named(connection, LOTS, lot_id)
    return lot, judge(proofs.get(lot_id, ()), [kind.id for kind in law.proofs], now), is_named


async def trace_lot(
    database: Database,
    lot_id: UUID,
    *,
    place: str | None,
    direction: Direction,
    bounds: tuple[str, str],
) -> Traced:
    """Return the movements of a lot, all of them or those from or to a place of the subtree.

    Raises NotFound.
    """
    async with database.connection() as connection:
        await _find(connection, lot_id, bounds)
        movements = await cold_chain.movements_of(connection, lot_id)
        if place is not None:
            start = await find_place(connection, place, bounds)
            movements = trace(movements, start.id, direction)
        return Traced(movements, await cold_chain.places_by_id(connection, places_of(movements)))


async def list_lots(
    database: Database,
    window: Window,
    *,
    state: LotState | None,
    place: str | None,
    bounds: tuple[str, str],
    held_only: bool,
) -> list[Lot]:
    """Return the lots of a window, or those that a place has or ever had, with one row to spare.

    Raises NotFound for a place outside the subtree.
    """
    async with database.connection() as connection:
        if place is None:
            return await cold_chain.list_page(connection, window, state)
        found = await find_place(connection, place, bounds)
        return await cold_chain.list_at_place(connection, found.id, window, state=state, held_only=held_only)
