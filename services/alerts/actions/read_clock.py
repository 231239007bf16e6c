"""Read one clock with its whole history and its pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.alerts.storage import clock_records as storage
from services.alerts.storage import pages as page_storage
from services.alerts.storage.clock_records import ClockHistory
from services.alerts.storage.pages import PageFilter, StoredPage
from shared.access import Principal, Scope
from shared.errors import NotFound
from shared.postgres import Database

MOST_PAGES = 500


@dataclass(frozen=True, slots=True)
class WholeClock:
    """A clock, how it came to be as it is, and who was paged about it."""

    history: ClockHistory
    pages: Sequence[StoredPage]


async def read_clock(database: Database, clock_id: UUID, *, principal: Principal) -> WholeClock:
    """Return a clock with facts, fired steps and pages, newest page first; raises NotFound.

    Pages are shown to who may read pages at all.
    """
    bounds = principal.bounds()
    async with database.connection() as connection:
        history = await storage.find_history(connection, clock_id, bounds)
        if history is None:
            raise NotFound("This clock does not exist.")
        pages: Sequence[StoredPage] = ()
        if principal.may(Scope.PAGES_READ):
            which = PageFilter(bounds=bounds, clock_id=clock_id)
            pages = await page_storage.list_pages(connection, which, after=None, most=MOST_PAGES)
    return WholeClock(history, pages)
