"""Read the drug ledger, and the buyers who are followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.registration.rules.sentinels.drug_sale import FollowReason
from services.registration.rules.sentinels.follow_up import FollowUp, FollowUpState
from services.registration.storage import drugs
from services.registration.storage.drugs import Look, StoredSale
from services.registration.storage.listing import Window
from shared.errors import NotFound
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class FollowUpHistory:
    """A follow-up, the sales that called for it, and each time that somebody asked."""

    follow_up: FollowUp
    sales: Sequence[StoredSale]
    looks: Sequence[Look]


async def read_sale(database: Database, sale_id: UUID) -> StoredSale:
    """Return a sale that has just been recorded."""
    async with database.connection() as connection:
        return (await drugs.find(connection, [sale_id]))[sale_id]


async def list_sales(database: Database, window: Window) -> list[StoredSale]:
    """Return the sales of a window, with one row to spare."""
    async with database.connection() as connection:
        return await drugs.list_page(connection, window)


async def read_follow_up(database: Database, follow_up_id: UUID, bounds: tuple[str, str]) -> FollowUpHistory:
    """Return a follow-up of the subtree with its history; raises NotFound."""
    async with database.connection() as connection:
        held = await drugs.find_follow_up(connection, follow_up_id, bounds)
        if held is None:
            raise NotFound("There is no such follow-up.")
        sales = await drugs.sales_of(connection, follow_up_id)
        return FollowUpHistory(held, sales, await drugs.looks_of(connection, follow_up_id))


async def list_follow_ups(
    database: Database, window: Window, state: FollowUpState | None, reason: FollowReason | None
) -> list[FollowUp]:
    """Return the follow-ups of a window, with one row to spare."""
    async with database.connection() as connection:
        return await drugs.list_follow_ups(connection, window, state, reason)
