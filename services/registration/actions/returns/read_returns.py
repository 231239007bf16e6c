"""Read returns, one with all that was said of it, or a page of many."""

from uuid import UUID

from services.registration.rules.returns.return_merge import Return, ReturnState
from services.registration.rules.returns.withdrawal import Withdrawal
from services.registration.storage import returns, withdrawn_returns
from services.registration.storage.listing import Window
from services.registration.storage.returns import ReturnSaid
from shared.errors import NotFound
from shared.postgres import Database


async def read_return(
    database: Database, return_id: UUID, bounds: tuple[str, str]
) -> tuple[Return, list[ReturnSaid], Withdrawal | None]:
    """Return what holds of a return of the subtree, what was said of it, and why it was withdrawn by hand.

    Raises NotFound.
    """
    async with database.connection() as connection:
        held = await returns.find(connection, return_id, bounds)
        if held is None:
            raise NotFound("There is no such return.")
        said = await returns.statements_of(connection, return_id)
        return held, said, await withdrawn_returns.find(connection, return_id)


async def list_returns(database: Database, window: Window, state: ReturnState | None) -> list[Return]:
    """Return the returns of a window, those of one state or all, with one row to spare."""
    async with database.connection() as connection:
        return await returns.list_page(connection, window, state)
