"""Read pages with what they list and how they were delivered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.alerts.storage import deliveries, pages
from services.alerts.storage.deliveries import Attempt
from services.alerts.storage.pages import ListedItem, PageFilter, StoredPage
from shared.access import Principal
from shared.errors import NotFound
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class WholePage:
    """A page, every clock on it and every attempt to deliver it."""

    page: StoredPage
    items: list[ListedItem]
    attempts: list[Attempt]


async def read_pages(
    database: Database, which: PageFilter, *, after: tuple[datetime, UUID] | None, most: int
) -> list[StoredPage]:
    """Return pages, newest first, those behind `after`."""
    async with database.connection() as connection:
        return await pages.list_pages(connection, which, after=after, most=most)


async def read_page(database: Database, page_id: UUID, *, principal: Principal | None) -> WholePage:
    """Return a page whole; without a principal it is read through its own link.

    Raises NotFound for a page that does not exist or lies outside the principal's subtree.
    """
    async with database.connection() as connection:
        page = await pages.find_page(connection, page_id)
        if page is None:
            raise NotFound("This page does not exist.")
        if principal is not None:
            principal.must_find(page.division, "This page")
        items = await pages.page_items(connection, page_id)
        attempts = await deliveries.attempts_of_page(connection, page_id)
    return WholePage(page, items, attempts)
