"""Read orders to sequence samples, what was said of each, and which sequences are close to one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.testing.actions.sequencing.order_sequencing import LOOK_BACK, PATIENCE
from services.testing.rules.sequencing.comparison import Comparison, compare
from services.testing.rules.sequencing.order import OrderState
from services.testing.storage import sequencing as storage
from services.testing.storage.sequencing import Entry, LinkedOrder
from shared.errors import NotFound
from shared.policy.laboratories import SequencingLaw
from shared.postgres import Connection, Database

Bounds = tuple[str, str]
COMPARED = 2_000
"""The latest sequences of related lineages that one is held against."""
MISSING_COUNTED = 1_000
"""Beyond this many it does not matter how many positives lack an order."""


@dataclass(frozen=True, slots=True)
class Comparisons:
    """A sequence and those that are close to it, the closest first, with the case of each."""

    own: LinkedOrder
    close: list[Comparison]
    cases: Mapping[UUID, UUID | None]


async def read_order(database: Database, sample_id: UUID, bounds: Bounds) -> tuple[LinkedOrder, list[Entry]]:
    """Return an order of the subtree with all that was said of it; raises NotFound."""
    async with database.connection() as connection:
        return await _found(connection, sample_id, bounds), await storage.entries_of(connection, sample_id)


async def _found(connection: Connection, sample_id: UUID, bounds: Bounds) -> LinkedOrder:
    held = await storage.find(connection, sample_id, bounds)
    if held is None:
        raise NotFound("There is no order to sequence this sample.")
    return held


async def list_orders(
    database: Database,
    bounds: Bounds,
    after: tuple[datetime, UUID],
    most: int,
    *,
    state: OrderState | None,
    overdue_at: datetime | None,
) -> list[LinkedOrder]:
    """Return orders of a subtree by when their samples were found positive, with one row to spare."""
    async with database.connection() as connection:
        return await storage.list_page(connection, bounds, after, most, state=state, overdue_at=overdue_at)


async def compare_sequence(
    database: Database, sample_id: UUID, bounds: Bounds, most: int, law: SequencingLaw
) -> Comparisons:
    """Return the sequences of the subtree that are close to a sample's, the closest first (city §11).

    Raises NotFound, also for a sample that has no sequence yet.
    """
    async with database.connection() as connection:
        own = await _found(connection, sample_id, bounds)
        if own.order.sequence is None:
            raise NotFound("The sample has no sequence yet.")
        others = await storage.beside(connection, own.order.sequence.lineage, bounds, COMPARED)
    close = compare(own.order, [one.order for one in others], law.near_mutations)[:most]
    return Comparisons(own, close, {one.order.sample_id: one.case_id for one in others})


async def take_figures(database: Database, *, now: datetime) -> Mapping[str, int]:
    """Return how many orders there are of each state and overdue, and how many positives have none."""
    async with database.connection() as connection:
        missing = await storage.positives_without_order(
            connection, now - LOOK_BACK, now - PATIENCE, MISSING_COUNTED
        )
        return {**await storage.figures(connection, now), "missing": len(missing)}
