"""HTTP door of sampling points."""

from litestar import Response, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from services.testing.actions.due.state_point import list_points, list_unserved, read_point, state_point
from services.testing.routes.lists import POSITION, Service, position_of, window_of
from services.testing.rules.due.sampling_point import problems_of
from services.testing.wire.sampling_points import (
    PointBody,
    PointView,
    UnservedVillages,
    code_in_path,
    code_to_state,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.day_count import day_of
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list


@put(
    "/v1/sampling-points/{code:str}",
    guards=[requires("sampling-points:write")],
    status_code=200,
    responses={201: ResponseSpec(PointView, description="The point is new in the register.")},
)
async def put_point(
    code: FromPath[str], data: JSONBody[PointBody], request: WireRequest, testing: Service
) -> Response[PointView]:
    """State a sampling point 采样点 whole: where, what it serves, opening hours, teams and their hands."""
    now, stated = testing.clock.now(), data.stated(code_to_state(code))
    if problems := problems_of(stated, testing.divisions, day_of(now)):
        raise InvalidInput("The sampling point has fields that are refused.", problems=problems)
    for division in (stated.division, *stated.serves):
        request.user.must_reach(division)
    kept = await state_point(
        testing.database, stated, divisions=testing.divisions, reaches=request.user.reaches, now=now
    )
    return Response(PointView.of(kept.point), status_code=201 if kept.is_new else 200)


@get("/v1/sampling-points/{code:str}", guards=[requires("sampling-points:read")])
async def get_point(code: FromPath[str], request: WireRequest, testing: Service) -> PointView:
    """Return a sampling point."""
    return PointView.of(await read_point(testing.database, code_in_path(code), request.user.reaches))


@get("/v1/sampling-points", guards=[requires("sampling-points:read")])
async def get_points(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[PointView]:
    """List the sampling points of a subtree 采样点名册, by the division in which they stand."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(testing, request.user, division, place)
    rows = await list_points(testing.database, window)
    return page_of(request, place, rows, key=position_of, show=PointView.of)


@get("/v1/unserved-villages", guards=[requires("sampling-points:read")])
async def get_unserved(
    request: WireRequest, testing: Service, division: FromQuery[DivisionCode | None] = None
) -> UnservedVillages:
    """List the villages that no open sampling point serves 无采样点的村."""
    bounds = request.user.bounds_in(testing.divisions, division)
    found = await list_unserved(testing.database, testing.divisions, bounds)
    return UnservedVillages(count=len(found), divisions=found)


ROUTES = [put_point, get_point, get_points, get_unserved]
