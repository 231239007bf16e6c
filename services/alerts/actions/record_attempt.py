"""Record what became of an attempt to deliver a page, and what follows from it."""

from datetime import datetime
from uuid import UUID

from services.alerts.rules.climb import Climb, unreached
from services.alerts.rules.delivery_retry import (
    AttemptState,
    DeliveryState,
    Outcome,
    PastAttempt,
    RetryWaits,
    after_attempt,
)
from services.alerts.rules.page_law import PageLaw
from services.alerts.storage import deliveries, pages
from services.alerts.storage.deliveries import Delivery
from shared.postgres import Connection, Database

LAPSED = Outcome(AttemptState.UNKNOWN, "no outcome was recorded: the sending process ended or was cut off")


async def record_attempt(
    database: Database,
    law: PageLaw,
    page_id: UUID,
    number: int,
    outcome: Outcome,
    *,
    now: datetime,
    waits: RetryWaits,
) -> DeliveryState | None:
    """Write down an outcome and go on to the next try, the next channel or the next rung, in one transaction.

    Returns the delivery's state after it, or None when the attempt was settled before (its lease was over,
    say). An `accepted` that comes after its lease still counts: it corrects the ledger and ends the delivery.
    """
    async with database.transaction() as connection:
        delivery = await deliveries.lock_delivery(connection, page_id)
        if delivery is None or not await deliveries.finish_attempt(
            connection, page_id, number, outcome, now=now
        ):
            return None
        if delivery.attempts != number and delivery.state is DeliveryState.SENDING:
            return delivery.state  # a later attempt is under way; it finds this one in the ledger
        if outcome.state is AttemptState.ACCEPTED:
            return await _accept(connection, delivery, now)
        if delivery.state is not DeliveryState.SENDING:
            return delivery.state
        return await _go_on(connection, law, delivery, waits, now)


async def give_up_delivery(database: Database, law: PageLaw, page_id: UUID, *, now: datetime) -> None:
    """End a delivery whose person has no channel left to try, and let its clocks climb at once."""
    async with database.transaction() as connection:
        delivery = await deliveries.lock_delivery(connection, page_id)
        if delivery is None or delivery.state is not DeliveryState.PENDING:
            return
        if delivery.channel_position < delivery.channels:
            return  # somebody has put a channel there meanwhile
        await deliveries.save_delivery(
            connection,
            page_id,
            state=DeliveryState.EXHAUSTED,
            channel_position=delivery.channel_position,
            next_attempt_at=None,
            finished_at=now,
        )
        await climb_past_unreached(connection, law, page_id, now=now)


async def settle_lapsed_attempts(
    database: Database, law: PageLaw, *, now: datetime, waits: RetryWaits
) -> int:
    """Turn attempts whose lease is over without an outcome into `unknown`, and go on from there.

    Each in a transaction of its own, so that none waits for another; returns how many there were.
    """
    async with database.connection() as connection:
        lapsed = await deliveries.lapsed_deliveries(connection, now=now)
    for page_id, number in lapsed:
        await record_attempt(database, law, page_id, number, LAPSED, now=now, waits=waits)
    return len(lapsed)


async def _accept(connection: Connection, delivery: Delivery, now: datetime) -> DeliveryState:
    await deliveries.save_delivery(
        connection,
        delivery.page_id,
        state=DeliveryState.ACCEPTED,
        channel_position=delivery.channel_position,
        next_attempt_at=None,
        finished_at=now,
    )
    return DeliveryState.ACCEPTED


async def _go_on(
    connection: Connection, law: PageLaw, delivery: Delivery, waits: RetryWaits, now: datetime
) -> DeliveryState:
    attempts = await deliveries.attempts_of_page(connection, delivery.page_id)
    past = [PastAttempt(attempt.channel_position, attempt.state) for attempt in attempts]
    step = after_attempt(past, delivery.channels, waits)
    state = step.state
    if state is DeliveryState.PENDING and delivery.acknowledged:
        state = DeliveryState.CANCELLED  # answered meanwhile, through another channel or by a colleague
    again = state is DeliveryState.PENDING
    await deliveries.save_delivery(
        connection,
        delivery.page_id,
        state=state,
        channel_position=step.channel_position,
        next_attempt_at=now + step.wait if again else None,
        finished_at=None if again else now,
    )
    if state is DeliveryState.EXHAUSTED and not delivery.acknowledged:
        await climb_past_unreached(connection, law, delivery.page_id, now=now)
    return state


async def climb_past_unreached(connection: Connection, law: PageLaw, page_id: UUID, *, now: datetime) -> None:
    """Let the clocks of a page climb at once, those of which nobody else on the rung was or can be reached.

    Part of the caller's transaction. The climbs are locked before anybody looks at the colleagues'
    deliveries, so of two that fail at the same moment the second one sees the first.
    """
    items = await pages.page_items(connection, page_id)
    climbs = await pages.lock_climbs(connection, sorted(one.item.clock_id for one in items))
    reached = await deliveries.reached_clocks(connection, page_id)
    moved: dict[UUID, Climb] = {}
    for one in items:
        climb = climbs.get(one.item.clock_id)
        if climb is None or not one.is_open or one.item.clock_id in reached:
            continue
        if (climb.step_due_at, climb.rung) != (one.item.step_due_at, one.item.rung):
            continue  # the clock has moved on since: a newer step, or a higher rung
        moved[one.item.clock_id] = unreached(climb, law.frozen(one.rule_version, one.rule_id).ladder, now)
    await pages.save_climbs(connection, moved)
