"""Look once more at what was stored while others were under way who could not see it."""

from datetime import datetime
from uuid import UUID

from services.testing.actions.tubes.settle_pools import pools_of, settle_pools
from services.testing.actions.tubes.settle_tubes import settle_tubes
from services.testing.storage import tube_steps, tubes
from shared import outbox
from shared.postgres import Database

AT_ONCE = 500


async def look_again(database: Database, *, now: datetime) -> bool:
    """Settle what may have missed its counterpart; return whether there may be more to look at.

    Of a tube and its result that are stored at the same moment neither sees the other. Whoever comes later
    than both looks at a snapshot in which nobody is under way any more who was so then.
    """
    async with database.transaction() as connection:
        looks = await tubes.take_second_looks(connection, AT_ONCE)
        tube_ids = {UUID(key) for key in looks.get("tube", ())}
        if boxes := looks.get("box"):
            put = [key.split(" ", 1) for key in boxes]
            moments = [(box, datetime.fromisoformat(at)) for at, box in put]
            codes = await tube_steps.codes_in_boxes(connection, moments)
            tube_ids |= set(await tube_steps.tubes_that_had(connection, codes))
        outcome = await settle_tubes(connection, tube_ids, now=now)
        pool_ids = outcome.pool_ids | await pools_of(connection, outcome.singles, ())
        pool_ids |= {UUID(key) for key in looks.get("pool", ())}
        events = await settle_pools(connection, pool_ids, look_later=False, now=now)
        await outbox.put(connection, [*outcome.events, *events], now=now)
    return sum(len(keys) for keys in looks.values()) >= AT_ONCE
