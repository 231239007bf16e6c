"""Read transfers with the return of each person, one with all that was said of it, or a page of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.rules.quarantine.stay import Stay
from services.registration.rules.quarantine.transfer import Transfer, TransferState, returned_at
from services.registration.storage import returns, rooms, transfers
from services.registration.storage.listing import Window
from services.registration.storage.transfers import TransferSaid
from shared.errors import NotFound
from shared.postgres import Connection, Database


@dataclass(frozen=True, slots=True)
class ShownTransfer:
    """A transfer, when its person came home, where that is known and may be shown, and their room."""

    transfer: Transfer
    returned_at: datetime | None
    stay: Stay | None
    """Of whoever has arrived, the stay that began last."""

    @property
    def id(self) -> UUID:
        """The transfer's id."""
        return self.transfer.id

    @property
    def division(self) -> str:
        """The transfer's division."""
        return self.transfer.division


async def show_transfers(database: Database, held: Sequence[Transfer]) -> list[ShownTransfer]:
    """Return transfers as they are shown."""
    async with database.connection() as connection:
        return await _shown(connection, held)


async def read_transfer(
    database: Database, transfer_id: UUID, bounds: tuple[str, str]
) -> tuple[ShownTransfer, list[TransferSaid]]:
    """Return what holds of a transfer of the subtree and what was said of it; raises NotFound."""
    async with database.connection() as connection:
        held = await transfers.find(connection, transfer_id, bounds)
        if held is None:
            raise NotFound("There is no such transfer.")
        (shown,) = await _shown(connection, [held])
        return shown, await transfers.statements_of(connection, transfer_id)


async def list_transfers(
    database: Database, window: Window, state: TransferState | None
) -> list[ShownTransfer]:
    """Return the transfers of a window, those of one state or all, with one row to spare."""
    async with database.connection() as connection:
        return await _shown(connection, await transfers.list_page(connection, window, state))


async def _shown(connection: Connection, held: Sequence[Transfer]) -> list[ShownTransfer]:
    arrivals = await returns.find_arrivals(connection, [one.person_id for one in held])
    arrived = [one.person_id for one in held if one.arrived is not None]
    stays = await rooms.last_stays(connection, arrived) if arrived else {}
    return [
        ShownTransfer(
            one, returned_at(one, arrivals), stays.get(one.person_id) if one.arrived is not None else None
        )
        for one in held
    ]
