"""HTTP door of hand-overs from a site to home."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.plans.list_handovers import list_handovers
from services.registration.actions.plans.tell_handover import tell_handover
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.plans.handover import HandoverState, HandoverStep
from services.registration.wire.handovers import HandoverTold, HandoverView
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

InState = Annotated[
    HandoverState | None, QueryParameter(name="state", description="Only hand-overs of this state.")
]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""


@post("/v1/handovers/{handover_id:uuid}/taken-over", guards=[requires("transfers:write")], status_code=200)
async def post_taken_over(
    handover_id: FromPath[UUID], data: JSONBody[HandoverTold], request: WireRequest, registration: Service
) -> HandoverView:
    """Tell that the transfer team took the person over at the site 转运专班接管. May be said again."""
    return await _tell(registration, request, handover_id, HandoverStep.TAKEN_OVER, data)


@post("/v1/handovers/{handover_id:uuid}/confirmed", guards=[requires("transfers:write")], status_code=200)
async def post_confirmed(
    handover_id: FromPath[UUID], data: JSONBody[HandoverTold], request: WireRequest, registration: Service
) -> HandoverView:
    """Confirm that the person has come to the village or community 村社区确认接收. May be said again."""
    return await _tell(registration, request, handover_id, HandoverStep.CONFIRMED, data)


async def _tell(
    registration: Service, request: WireRequest, handover_id: UUID, step: HandoverStep, data: HandoverTold
) -> HandoverView:
    now = registration.clock.now()
    held = await tell_handover(
        registration.database,
        handover_id,
        step,
        data.telling(now=now, received_from=request.user.id),
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    return HandoverView.of(held)


@get("/v1/handovers", guards=[requires("transfers:read")])
async def get_handovers(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    missed: FromQuery[bool] = False,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[HandoverView]:
    """List hand-overs 交接名单 of a subtree, by division; `missed` shows those that leave a gap now."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_handovers(registration.database, window, in_state, missed=missed)
    return page_of(request, place, rows, key=position_of, show=HandoverView.of)


ROUTES = [post_taken_over, post_confirmed, get_handovers]
