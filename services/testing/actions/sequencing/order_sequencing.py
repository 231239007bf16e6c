"""Order the sequencing of every positive sample, and void the order of one that was withdrawn."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.testing.rules.sequencing.order import Order, OrderState, due_at, void
from services.testing.storage import sequencing as storage
from services.testing.storage.sequencing import NewEntry, Unordered
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.reporting import CaseOpened, CaseWithdrawn
from shared.contracts.testing import SamplePositive, SamplePositiveWithdrawn, SequencingOrdered
from shared.policy.laboratories import SequencingLaw
from shared.postgres import Connection, Database

EVERYWHERE = ("", "~")
BY_EVENT, BY_DUTY = "event", "duty"
LOOK_BACK = timedelta(days=60)
"""What was found positive earlier was looked at then."""
PATIENCE = timedelta(minutes=1)
"""How long an event may take before the duty does what it should have brought about."""
AT_ONCE = 500


async def order_sequencing(
    database: Database, event: SamplePositive, law: SequencingLaw, *, now: datetime
) -> bool:
    """Order the sequencing of a positive sample; tells whether it had none (city §11).

    One sample has one order, however often it is told; a later telling may name the person.
    """
    positive = Unordered(
        event.sample_id,
        event.division,
        event.institution,
        event.person_id,
        event.occurred_at,
        event.recorded_at,
    )
    async with database.transaction() as connection:
        new = await _order(connection, [positive], law, BY_EVENT, now)
        if not new and event.person_id is not None:
            await storage.name_person(connection, event.sample_id, event.person_id)
    return bool(new)


async def order_missing(database: Database, law: SequencingLaw, *, now: datetime) -> bool:
    """Order what no event has brought about, such as positives from before there were orders.

    True when there may be more.
    """
    async with database.transaction() as connection:
        missing = await storage.positives_without_order(connection, now - LOOK_BACK, now - PATIENCE, AT_ONCE)
        await _order(connection, missing, law, BY_DUTY, now)
    return len(missing) == AT_ONCE


async def _order(
    connection: Connection, positives: Sequence[Unordered], law: SequencingLaw, by: str, now: datetime
) -> int:
    orders = [
        Order(
            sample_id=one.sample_id,
            division=one.division,
            institution=one.institution,
            person_id=one.person_id,
            positive_at=one.positive_at,
            due_at=due_at(one.positive_at, law),
            state=OrderState.ORDERED,
        )
        for one in positives
    ]
    if not orders:
        return 0
    new = await storage.insert_orders(connection, orders, now)
    entries = [
        NewEntry(one.sample_id, {"institution": one.institution}, one.positive_at, one.recorded_at)
        for one in positives
        if one.sample_id in new
    ]
    if entries:
        await storage.append(connection, OrderState.ORDERED, entries, received_from=by, now=now)
        await _tell(connection, [order for order in orders if order.sample_id in new], now)
    return len(new)


async def _tell(connection: Connection, orders: Sequence[Order], now: datetime) -> None:
    events = [
        SequencingOrdered(
            division=one.division,
            occurred_at=one.positive_at,
            recorded_at=now,
            sample_id=one.sample_id,
            institution=one.institution,
            due_at=one.due_at,
        )
        for one in orders
    ]
    told = [envelop(event, id=derived_id(event.TYPE, event.sample_id)) for event in events]
    await outbox.put(connection, told, now=now)


async def void_order(
    database: Database, event: SamplePositiveWithdrawn, law: SequencingLaw, *, now: datetime
) -> bool:
    """Void the order of a withdrawn positive; tells whether anything changed.

    A withdrawal that comes before its positive is kept as a void order, so that none is made then.
    """
    order = Order(
        sample_id=event.sample_id,
        division=event.division,
        institution=event.institution,
        person_id=event.person_id,
        positive_at=event.occurred_at,
        due_at=due_at(event.occurred_at, law),
        state=OrderState.VOID,
    )
    async with database.transaction() as connection:
        new = await storage.insert_orders(connection, [order], now)
        held = await storage.lock(connection, event.sample_id, EVERYWHERE)
        assert held is not None
        if not new and held.order.state is OrderState.VOID:
            return False
        await storage.update(connection, void(held.order), now)
        entry = NewEntry(
            event.sample_id, {"reason_code": event.reason_code}, event.occurred_at, event.recorded_at
        )
        await storage.append(connection, OrderState.VOID, [entry], received_from=BY_EVENT, now=now)
    return True


async def link_case(database: Database, event: CaseOpened | CaseWithdrawn) -> None:
    """Keep the case of a sample, whether or not its order is there yet."""
    is_opening = isinstance(event, CaseOpened)
    async with database.transaction() as connection:
        await storage.put_case(
            connection,
            event.sample_id,
            event.case_id,
            opened_at=event.occurred_at if is_opening else None,
            withdrawn_at=None if is_opening else event.occurred_at,
        )
