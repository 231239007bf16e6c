"""Enter what a destination asks of whoever comes, and ask for the tests of departures that lie ahead."""

from datetime import datetime

from services.registration.actions.movement.departure_events import events_of
from services.registration.actions.movement.record_departure import judge_tests
from services.registration.rules.day_count import day_of
from services.registration.storage import movement
from services.registration.storage.movement import Demand
from shared import outbox
from shared.policy.movement import Departures
from shared.postgres import Database


async def put_demand(
    database: Database, demand: Demand, law: Departures, *, now: datetime, received_from: str
) -> tuple[Demand, bool]:
    """Return the demand as it stands, and whether it is the first of its area.

    Departures that lie ahead and lead there get the test that is asked for now, or lose it.
    """
    today = day_of(now)
    async with database.transaction() as connection:
        await movement.hold_demands(connection)
        kept = await movement.put_demand(connection, demand, now=now, received_from=received_from)
        ids = await movement.departures_to(connection, demand.area, today)
        held = [one for one in await movement.lock(connection, ids) if one.withdrawn_at is None]
        judged = await judge_tests(connection, held, law, today)
        changed = [(old, new) for old, new in zip(held, judged, strict=True) if old.test != new.test]
        if changed:
            await movement.update(connection, [new for _, new in changed], now)
        events = [event for old, new in changed for event in events_of(old, new, now)]
        await outbox.put(connection, events, now=now)
    return kept
