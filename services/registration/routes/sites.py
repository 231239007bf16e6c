"""HTTP door of quarantine sites and of the reserve of rooms."""

from dataclasses import asdict
from typing import Annotated

from litestar import Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.quarantine.keep_sites import (
    KeptSite,
    close_site,
    disinfected,
    open_site,
    state_site,
)
from services.registration.actions.quarantine.move_out_positive import PositiveFound
from services.registration.actions.quarantine.read_sites import (
    ShownSite,
    list_sites,
    must_have_site,
    read_reserve,
    read_rounds,
    read_site,
)
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.quarantine.site import SiteKind, SiteState, problems_of
from services.registration.service import Registration
from services.registration.wire.rooms import MovedOutReceipt, PositiveBody
from services.registration.wire.site_views import ReserveBelow, RoundList, RoundView, SiteView, SiteWithRooms
from services.registration.wire.sites import ClosingBody, OpeningBody, SiteBody, code_in_path, code_to_state
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import InvalidInput, NotFound
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

OfKind = Annotated[SiteKind | None, QueryParameter(name="kind", description="Only sites of this kind.")]
InState = Annotated[SiteState | None, QueryParameter(name="state", description="Only sites of this state.")]


def _view(kept: KeptSite, registration: Registration) -> SiteView:
    return SiteView.of(ShownSite(kept.site, kept.occupancy), registration.quarantine)


@put(
    "/v1/sites/{code:str}",
    guards=[requires("sites:write")],
    status_code=200,
    request_max_body_size=1024 * 1024,
    responses={201: ResponseSpec(SiteView, description="The site is new, planned until it is opened.")},
)
async def put_site(
    code: FromPath[str], data: JSONBody[SiteBody], request: WireRequest, registration: Service
) -> Response[SiteView]:
    """State a quarantine site 隔离场所 whole, rooms included. What it lacks of the checklists is shown."""
    stated = data.stated(code_to_state(code))
    if problems := problems_of(stated, registration.quarantine, registration.divisions):
        raise InvalidInput("The site has fields that are refused.", problems=problems)
    request.user.must_reach(stated.division)
    kept = await state_site(
        registration.database,
        stated,
        registration.quarantine,
        clause=registration.layout_clause,
        bounds=request.user.bounds(),
        now=registration.clock.now(),
    )
    registration.wake()
    return Response(_view(kept, registration), status_code=201 if kept.is_new else 200)


@get("/v1/sites/{code:str}", guards=[requires("sites:read")])
async def get_site(code: FromPath[str], request: WireRequest, registration: Service) -> SiteWithRooms:
    """Return a site and its rooms with who is in them now 隔离场所及房间入住情况."""
    shown, rooms = await read_site(registration.database, code_in_path(code), request.user.bounds())
    return SiteWithRooms.with_rooms(shown, rooms, registration.quarantine)


@get("/v1/sites", guards=[requires("sites:read")])
async def get_sites(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    of_kind: OfKind = None,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[SiteView]:
    """List the quarantine sites of a subtree 隔离场所名册 with how full each is."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_sites(registration.database, window, of_kind, in_state)
    law = registration.quarantine
    return page_of(request, place, rows, key=position_of, show=lambda shown: SiteView.of(shown, law))


@post("/v1/sites/{code:str}/open", guards=[requires("sites:write")], status_code=200)
async def post_opening(
    code: FromPath[str], data: JSONBody[OpeningBody], request: WireRequest, registration: Service
) -> SiteView:
    """Open a site 启用隔离场所; from now on it serves nothing but quarantine. An open one stays as it is."""
    now = registration.clock.now()
    opened_at = data.opened_at or now
    refuse_future("opened_at", opened_at, now)
    kept = await open_site(
        registration.database,
        code_in_path(code),
        registration.quarantine,
        reason=data.reason,
        opened_at=opened_at,
        clause=registration.layout_clause,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    return _view(kept, registration)


@post("/v1/sites/{code:str}/close", guards=[requires("sites:write")], status_code=200)
async def post_closing(
    code: FromPath[str], data: JSONBody[ClosingBody], request: WireRequest, registration: Service
) -> SiteView:
    """Close a site in which nobody stays any more 停用隔离场所. A closed one stays as it is."""
    now = registration.clock.now()
    closed_at = data.closed_at or now
    refuse_future("closed_at", closed_at, now)
    kept = await close_site(
        registration.database,
        code_in_path(code),
        registration.quarantine,
        reason=data.reason,
        closed_at=closed_at,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    return _view(kept, registration)


@post("/v1/sites/{code:str}/rooms/{room:str}/ready", guards=[requires("sites:write")], status_code=200)
async def post_ready_room(
    code: FromPath[str], room: FromPath[str], request: WireRequest, registration: Service
) -> SiteView:
    """Note that a room has been disinfected and can be given again 房间终末消毒完成."""
    kept = await disinfected(
        registration.database,
        code_in_path(code),
        room,
        bounds=request.user.bounds(),
        now=registration.clock.now(),
    )
    return _view(kept, registration)


@get("/v1/sites/{code:str}/rounds", guards=[requires("sites:read")])
async def get_rounds(code: FromPath[str], request: WireRequest, registration: Service) -> RoundList:
    """List the rounds 轮次检测 in which people and environment of a site were due, the newest first."""
    bounds = request.user.bounds()
    rounds = await read_rounds(registration.database, code_in_path(code), bounds)
    return RoundList(items=[RoundView.model_validate(asdict(one)) for one in rounds])


@post(
    "/v1/sites/{code:str}/positives",
    guards=[requires("sites:write")],
    status_code=201,
    responses={200: ResponseSpec(MovedOutReceipt, description="This was known.")},
)
async def post_positive(
    code: FromPath[str], data: JSONBody[PositiveBody], request: WireRequest, registration: Service
) -> Response[MovedOutReceipt]:
    """Tell of a positive inside 场所内阳性: out at once, the room closes, neighbours are contacts."""
    now = registration.clock.now()
    found_at = data.found_at or now
    refuse_future("found_at", found_at, now)
    bounds = request.user.bounds()
    await must_have_site(registration.database, code_in_path(code), bounds)
    moved = await registration.move_out(PositiveFound(data.person_id, found_at, code), bounds)
    if moved is None:
        raise NotFound("There is no such site.")
    return Response(MovedOutReceipt.of(moved), status_code=201 if moved.is_new else 200)


@get("/v1/quarantine-reserve", guards=[requires("sites:read")])
async def get_reserve(
    request: WireRequest, registration: Service, division: FromQuery[DivisionCode | None] = None
) -> ReserveBelow:
    """Return how many rooms the cases ask for and how many there are 隔离房间储备, and how full they are.

    For a division and the units directly below it that have sites or cases.
    """
    request.user.bounds_in(registration.divisions, division)
    area = division if division and request.user.reaches(division) else request.user.division
    areas = [area, *(unit.code for unit in registration.divisions.children(area))]
    reserves = await read_reserve(registration.database, areas, registration.quarantine)
    return ReserveBelow.with_below(reserves, registration.clock.now())


ROUTES = [
    put_site,
    get_site,
    get_sites,
    post_opening,
    post_closing,
    post_ready_room,
    get_rounds,
    post_positive,
    get_reserve,
]
