"""HTTP door of pools that were not negative: parse, act, answer."""

from datetime import datetime
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery

from services.testing.actions.tubes.read_tubes import list_pools, read_pool
from services.testing.routes.lists import Service
from services.testing.storage.pools import Pool
from services.testing.wire.tubes import PoolBrief, PoolView
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

POSITION = tuple[datetime, UUID]
"""The sort values of the list: when the result was obtained, and which."""


@get("/v1/pools/{pool_id:uuid}", guards=[requires("tubes:read")])
async def get_pool(pool_id: FromPath[UUID], request: WireRequest, testing: Service) -> PoolView:
    """Return a pool that was positive or unclear 混采阳性或可疑, with what became of each member."""
    return PoolView.of_report(await read_pool(testing.database, pool_id, request.user.bounds()))


@get("/v1/pools", guards=[requires("tubes:read")])
async def get_pools(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    unresolved: FromQuery[bool] = False,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[PoolBrief]:
    """List the pools of a subtree that were positive or unclear, the latest first.

    `unresolved` shows those of which somebody is still to be taken again 待单管复核.
    """
    place = place_in_list(request, cursor, limit, POSITION)
    rows = await list_pools(
        testing.database,
        request.user.bounds_in(testing.divisions, division),
        unresolved=unresolved,
        before=place.after,
        most=place.rows_wanted,
    )

    def position(pool: Pool) -> POSITION:
        return (pool.resulted_at, pool.pool_id)

    return page_of(request, place, rows, key=position, show=PoolBrief.of)


ROUTES = [get_pool, get_pools]
