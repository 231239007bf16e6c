"""HTTP door of the lists that part people."""

from typing import Annotated

from litestar import get
from litestar.params import FromQuery, PathParameter

from services.registration.actions.plans.read_care_lists import count_care_lists, list_care_places
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.plans.care_list import CareList
from services.registration.wire.care_lists import CareListsView, CarePlaceView
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

NAMES = frozenset(str(care_list) for care_list in CareList)
ListName = Annotated[str, PathParameter(description=f"One of {', '.join(CareList)}.")]


@get("/v1/care-lists", guards=[requires("plans:read")])
async def get_care_lists(
    request: WireRequest, registration: Service, division: FromQuery[DivisionCode | None] = None
) -> CareListsView:
    """Count where people stand 人员去向汇总: each person once, for a division and the units below it."""
    user = request.user
    bounds = user.bounds_in(registration.divisions, division)
    shown = division if division is not None and user.reaches(division) else user.division
    whole, below = await count_care_lists(registration.database, registration.divisions, shown, bounds)
    return CareListsView.with_children(whole, below)


@get("/v1/care-lists/{name:str}", guards=[requires("plans:read")])
async def get_care_list(
    name: ListName,
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[CarePlaceView]:
    """List the people of one list 人员去向名单 of a subtree, by division and person."""
    if name not in NAMES:
        problem = FieldProblem("name", f"must be one of {', '.join(CareList)}")
        raise InvalidInput("There is no such list.", problems=[problem])
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_care_places(registration.database, window, CareList(name))
    return page_of(request, place, rows, key=position_of, show=CarePlaceView.of)


ROUTES = [get_care_lists, get_care_list]
