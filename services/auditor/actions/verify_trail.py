"""A look at an audit trail: what is new, and a piece of what was verified before."""

from services.auditor import storage
from services.auditor.rules.trail import Watched
from shared.postgres import Database

PORTION_ROWS = 1_000
"""About 30 ms of processor and a megabyte of memory."""


async def verify_trail(database: Database, watched: Watched, *, portion_rows: int = PORTION_ROWS) -> Watched:
    """Return what is known of a trail after one more look, which reads at most twice `portion_rows`.

    All of a look is one snapshot: a row and the head that names it become visible together.
    """
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        newest = await storage.read_portion(
            connection, watched.trail, first=watched.verified.sequence, most=portion_rows
        )
        again = await storage.read_portion(
            connection,
            watched.trail,
            first=watched.walked.sequence,
            last=watched.verified.sequence,
            most=portion_rows,
        )
        head = await storage.read_head(connection, watched.trail)
    return watched.after(newest, head, again)
