"""HTTP door of five for one."""

from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from services.registration.actions.care.read_five import list_missing, read_five
from services.registration.actions.care.reassign_charge import reassign_charge, settle_person
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.wire.five import ChargeRow, FiveView, GridPlaceRow, GridPlaceView, MissingView
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list


@get("/v1/people/{person_id:uuid}/five", guards=[requires("grid:read")])
async def get_five(person_id: FromPath[UUID], request: WireRequest, registration: Service) -> FiveView:
    """Say who answers for a person 五包一责任人, who is missing, and who answered before."""
    five = await read_five(registration.database, person_id, reaches=request.user.reaches)
    return FiveView.of(five)


@post("/v1/people/{person_id:uuid}/five", guards=[requires("grid:write")], status_code=200)
async def post_five(
    person_id: FromPath[UUID], data: JSONBody[ChargeRow], request: WireRequest, registration: Service
) -> FiveView:
    """Let somebody else answer for a person in a role 调整五包一责任人; both learn of it by an event."""
    found = await reassign_charge(
        registration.database,
        registration.care_law,
        person_id,
        data.order(),
        reaches=request.user.reaches,
        now=registration.clock.now(),
    )
    registration.wake()
    five = await read_five(registration.database, found, reaches=request.user.reaches)
    return FiveView.of(five)


@put("/v1/people/{person_id:uuid}/grid-place", guards=[requires("grid:write")])
async def put_grid_place(
    person_id: FromPath[UUID], data: JSONBody[GridPlaceRow], request: WireRequest, registration: Service
) -> GridPlaceView:
    """Say in which block and building of their village a person lives 落实所在网格."""
    person = await settle_person(
        registration.database,
        person_id,
        data.place(),
        reaches=request.user.reaches,
        now=registration.clock.now(),
    )
    return GridPlaceView.of(person)


@get("/v1/five/missing", guards=[requires("grid:read")])
async def get_missing(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[MissingView]:
    """List the people for whom not all five answer 五包一缺位名单, with the roles that are missing."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_missing(registration.database, window)
    return page_of(request, place, rows, key=position_of, show=MissingView.of)


ROUTES = [get_five, post_five, put_grid_place, get_missing]
