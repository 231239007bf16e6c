"""Notice the orders that have neither a sequence nor a reason in time, and tell of each once."""

from datetime import datetime

from services.testing.storage import sequencing as storage
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.testing import SequencingOverdue
from shared.postgres import Database

AT_ONCE = 500


async def notice_overdue(database: Database, *, now: datetime) -> bool:
    """Tell of orders whose time is up; True when there may be more (city §11, decided)."""
    async with database.transaction() as connection:
        overdue = await storage.claim_overdue(connection, now, AT_ONCE)
        if not overdue:
            return False
        events = [
            SequencingOverdue(
                division=one.division,
                occurred_at=one.due_at,
                recorded_at=now,
                sample_id=one.sample_id,
                institution=one.institution,
                positive_at=one.positive_at,
            )
            for one in overdue
        ]
        told = [envelop(event, id=derived_id(event.TYPE, event.sample_id)) for event in events]
        await outbox.put(connection, told, now=now)
        await storage.mark_overdue(connection, [one.sample_id for one in overdue], now)
    return len(overdue) == AT_ONCE
