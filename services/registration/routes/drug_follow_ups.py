"""HTTP door of the buyers of drugs who are followed."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.sentinels.follow_buyer import close_follow_up, follow_buyer
from services.registration.actions.sentinels.read_drugs import list_follow_ups, read_follow_up
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.sentinels.drug_sale import FollowReason
from services.registration.rules.sentinels.follow_up import FollowUpState
from services.registration.storage.drugs import Look
from services.registration.wire.drug_follow_ups import (
    ClosingRow,
    FollowUpHistoryView,
    FollowUpView,
    LookRow,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

InState = Annotated[
    FollowUpState | None, QueryParameter(name="state", description="Only follow-ups of this state.")
]


@get("/v1/drug-follow-ups", guards=[requires("drugs:read")])
async def get_follow_ups(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    reason: FromQuery[FollowReason | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[FollowUpView]:
    """List the buyers who are followed 购药人员跟踪名单 of a subtree, all or of one state or reason."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_follow_ups(registration.database, window, in_state, reason)
    return page_of(request, place, rows, key=position_of, show=FollowUpView.of)


@get("/v1/drug-follow-ups/{follow_up_id:uuid}", guards=[requires("drugs:read")])
async def get_follow_up(
    follow_up_id: FromPath[UUID], request: WireRequest, registration: Service
) -> FollowUpHistoryView:
    """Return a buyer's follow-up 跟踪详情 with the purchases and each time that somebody asked."""
    history = await read_follow_up(registration.database, follow_up_id, request.user.bounds())
    return FollowUpHistoryView.with_history(history)


@post("/v1/drug-follow-ups/{follow_up_id:uuid}/looks", guards=[requires("drugs:write")], status_code=200)
async def post_look(
    follow_up_id: FromPath[UUID], data: JSONBody[LookRow], request: WireRequest, registration: Service
) -> FollowUpView:
    """Tell that somebody asked after a buyer 跟踪情况; listed symptoms bring health management with them."""
    now = registration.clock.now()
    refuse_future("followed_at", data.followed_at, now)
    held = await follow_buyer(
        registration.database,
        follow_up_id,
        Look(data.followed_at, frozenset(data.symptoms), now),
        registration.drug_keeping,
        bounds=request.user.bounds(),
        received_from=request.user.id,
    )
    registration.wake()
    return FollowUpView.of(held)


@post("/v1/drug-follow-ups/{follow_up_id:uuid}/close", guards=[requires("drugs:write")], status_code=200)
async def post_closing(
    follow_up_id: FromPath[UUID], data: JSONBody[ClosingRow], request: WireRequest, registration: Service
) -> FollowUpView:
    """Close a buyer's follow-up 跟踪结案 with what came of it; a purchase that calls for it opens another."""
    now = registration.clock.now()
    closed_at = data.closed_at or now
    refuse_future("closed_at", closed_at, now)
    held = await close_follow_up(
        registration.database,
        follow_up_id,
        data.outcome,
        closed_at,
        bounds=request.user.bounds(),
        now=now,
    )
    return FollowUpView.of(held)


ROUTES = [get_follow_ups, get_follow_up, post_look, post_closing]
