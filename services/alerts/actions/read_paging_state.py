"""Read the figures of paging that no single page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.alerts.rules.delivery_retry import DeliveryState
from services.alerts.storage import deliveries, pages
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class PagingState:
    """What is unfinished, unanswered or without anybody at one moment."""

    unfinished: Mapping[DeliveryState, int]
    open_gaps: int
    oldest_unacknowledged_at: datetime | None
    oldest_request_at: datetime | None


async def read_paging_state(database: Database) -> PagingState:
    """Return the figures; states of delivery in which no page stands are there with zero."""
    async with database.connection() as connection:
        counted = await deliveries.count_deliveries(connection)
        return PagingState(
            unfinished={
                state: counted.get(state, 0) for state in (DeliveryState.PENDING, DeliveryState.SENDING)
            },
            open_gaps=await pages.count_open_gaps(connection),
            oldest_unacknowledged_at=await pages.oldest_unacknowledged(connection),
            oldest_request_at=await pages.oldest_waiting_request(connection),
        )
