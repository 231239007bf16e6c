"""Order closed management of a place, or its end, and tell the others when that changes how it stands."""

from datetime import datetime

from services.registration.actions.places.read_places import NO_PLACE
from services.registration.rules.places.closure import ClosureOrder, holding
from services.registration.rules.places.place import Closure, Place
from services.registration.rules.telling import Telling
from services.registration.storage import places
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration.places import PlaceClosed, PlaceReopened
from shared.errors import NotFound
from shared.postgres import Database
from shared.verdicts import Verdict


async def close_place(
    database: Database,
    code: str,
    *,
    closed: bool,
    reason: str,
    told: Telling,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Closure | None, Verdict]:
    """Keep an order and return the closure that holds now (渡建胜肺炎组发〔2021〕2号 §18).

    Orders may become known in any order; a repetition is a duplicate. Raises NotFound.
    """
    async with database.transaction() as connection:
        stored = await places.lock_one(connection, code, bounds)
        if stored is None:
            raise NotFound(NO_PLACE)
        order = ClosureOrder(stored.id, closed, reason, told)
        if not await places.append_closure(connection, order, now):
            return stored.place.closure, Verdict.DUPLICATE
        after = holding(await places.closures_of(connection, stored.id))
        if after != stored.place.closure:
            await places.set_closure(connection, stored.id, after, now)
            await outbox.put(connection, _events(stored.place, after, told), now=now)
    return after, Verdict.STORED


def _events(place: Place, after: Closure | None, told: Telling) -> list[Envelope]:
    """Return what the change tells the others: closed since another moment, or open again."""
    before = place.closure
    if before is not None and after is not None and before.since == after.since:
        return []
    model, at = (PlaceReopened, told.at) if after is None else (PlaceClosed, after.since)
    event = model(
        division=place.division,
        occurred_at=at,
        recorded_at=told.recorded_at,
        place_id=place.id,
        code=place.code,
        kind=place.kind,
    )
    return [envelop(event, id=derived_id(event.TYPE, place.id, at))]
