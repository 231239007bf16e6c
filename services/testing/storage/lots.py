"""The rows of lots of goods that are blocked, and of their due tests."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.due.lots import LotDemand, LotTelling
from services.testing.storage.due_tests import Dropped
from shared.postgres import Connection, Queries

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "lots.sql")


async def keep_telling(connection: Connection, lot_id: UUID, telling: LotTelling) -> None:
    """Keep what was told of a lot; the same is kept once."""
    await QUERIES.execute(
        connection,
        "keep_telling",
        lot_id=lot_id,
        division=telling.division,
        told_at=telling.told_at,
        blocked=telling.blocked,
    )


async def tellings_of(connection: Connection, lot_id: UUID) -> list[LotTelling]:
    """Return all that was told of a lot."""
    rows = await QUERIES.fetch(connection, "tellings_of", lot_id=lot_id)
    return [LotTelling(row["division"], row["told_at"], row["blocked"]) for row in rows]


async def write_demands(
    connection: Connection, demands: Sequence[LotDemand], received_at: datetime
) -> list[Dropped]:
    """Bring the due tests of a lot to what is demanded; return them with whether a clock must be voided."""
    asks = [one.ask for one in demands]
    rows = await QUERIES.fetch(
        connection,
        "write_demands",
        due_ids=[one.due_id for one in asks],
        sources=[one.source for one in asks],
        divisions=[one.division for one in asks],
        told_ats=[one.told_at for one in asks],
        dropped_ats=[one.dropped_at for one in demands],
        series=[one.series for one in asks],
        categories=[one.category for one in asks],
        subject_kinds=[one.subject_kind for one in asks],
        subject_ids=[one.subject_id for one in asks],
        references=[one.reference for one in asks],
        from_ons=[one.from_on for one in asks],
        due_ons=[one.due_on for one in asks],
        received_at=received_at,
    )
    await QUERIES.execute(connection, "reopen_dropped", due_ids=[one.due_id for one in asks])
    return [Dropped(**row) for row in rows]
