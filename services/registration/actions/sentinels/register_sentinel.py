"""Register a sentinel or change it, and close it."""

from datetime import datetime

from services.registration.actions.sentinels.end_silences import end_silence_of_closed
from services.registration.rules.sentinels.sentinel import Sentinel, SentinelState
from services.registration.storage import sentinels
from services.registration.storage.sentinels import StoredSentinel
from shared.errors import Conflict, FieldProblem, InvalidInput, NotFound
from shared.postgres import Database


async def register_sentinel(
    database: Database,
    sentinel: Sentinel,
    in_charge_sealed: bytes,
    *,
    bounds: tuple[str, str],
    received_from: str,
) -> tuple[StoredSentinel, bool]:
    """Return the sentinel as it stands now, and whether it is new; a closed one is open again.

    Raises Conflict when a sentinel outside the caller's subtree has the code.
    """
    async with database.transaction() as connection:
        stored = await sentinels.put(
            connection, sentinel, in_charge_sealed, bounds=bounds, received_from=received_from
        )
        if stored is None:
            raise Conflict("Another sentinel carries this code.")
    return stored


async def close_sentinel(
    database: Database,
    code: str,
    closed_at: datetime,
    *,
    bounds: tuple[str, str],
    now: datetime,
    received_from: str,
) -> StoredSentinel:
    """Close a sentinel from `closed_at` on and return it; one that is closed already stays as it is.

    With it ends its silence.

    Raises NotFound, or InvalidInput for a moment before it was opened.
    """
    async with database.transaction() as connection:
        stored = await sentinels.find(connection, code, bounds, lock=True)
        if stored is None:
            raise NotFound("There is no such sentinel.")
        if stored.sentinel.state is SentinelState.CLOSED:
            return stored
        if closed_at < stored.sentinel.open_since:
            problem = FieldProblem("closed_at", "lies before the sentinel was opened")
            raise InvalidInput("The sentinel cannot be closed then.", problems=[problem])
        await sentinels.close(connection, code, closed_at, now=now, received_from=received_from)
        await end_silence_of_closed(connection, code, now=now)
        closed = await sentinels.find(connection, code, bounds)
        assert closed is not None
    return closed
