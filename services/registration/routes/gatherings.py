"""HTTP door of gatherings."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.places.announce_gathering import announce_gathering, refuse_suspended
from services.registration.actions.places.decide_gathering import cancel_gathering, decide_gathering
from services.registration.actions.places.read_gatherings import list_gatherings, read_gathering
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.places.gathering import GatheringState, problems_of
from services.registration.service import Registration
from services.registration.wire.gatherings import (
    CancellationFields,
    DecisionFields,
    GatheringFields,
    GatheringHistory,
    GatheringReceipt,
    GatheringView,
)
from services.registration.wire.tellings import refuse_ahead
from shared.access import Principal, requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import Forbidden, InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.verdicts import Verdict

LEDGER = "gatherings"

InState = Annotated[
    GatheringState | None, QueryParameter(name="state", description="Only gatherings of this state.")
]
Unapproved = Annotated[
    bool | None,
    QueryParameter(name="unapproved", description="Only what is or was held without approval, or only else."),
]


@post(
    "/v1/gatherings",
    guards=[requires("gatherings:write")],
    status_code=201,
    responses={200: ResponseSpec(GatheringReceipt, description="A repetition of what is on record already.")},
)
async def post_gathering(
    data: JSONBody[GatheringFields], request: WireRequest, registration: Service
) -> Response[GatheringReceipt]:
    """Announce a gathering 聚集活动, or change what was announced; from 50 people on it awaits a decision."""
    now, law = registration.clock.now(), registration.places_law
    statement = data.statement(now=now, received_from=request.user.id)
    if problems := problems_of(statement, law.gatherings, now, registration.divisions):
        raise InvalidInput("The gathering has fields that are refused.", problems=problems)
    request.user.must_reach(data.division)
    refuse_suspended(statement, law)
    stored, verdict = await announce_gathering(
        registration.database,
        registration.sealer,
        statement,
        data.organiser.contact(),
        law.gatherings,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    registration.metrics.statements.labels(LEDGER, verdict).inc()
    receipt = GatheringReceipt.after(stored, verdict, law, registration.sealer)
    return Response(receipt, status_code=201 if verdict is Verdict.STORED else 200)


@post(
    "/v1/gatherings/{gathering_id:uuid}/decision",
    guards=[requires("gatherings:approve")],
    status_code=201,
    responses={200: ResponseSpec(GatheringReceipt, description="A repetition of what is on record already.")},
)
async def post_decision(
    gathering_id: FromPath[UUID], data: JSONBody[DecisionFields], request: WireRequest, registration: Service
) -> Response[GatheringReceipt]:
    """Decide about a gathering 活动审批 for its present head count; for keys of a district or above only."""
    now, law = registration.clock.now(), registration.places_law
    _must_decide(request.user, registration)
    refuse_ahead(data, now)
    stored, _, verdict = await decide_gathering(
        registration.database,
        gathering_id,
        law,
        kind=data.decision,
        people=data.people,
        reason=data.reason,
        told=data.telling(now=now, received_from=request.user.id),
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    receipt = GatheringReceipt.after(stored, verdict, law, registration.sealer)
    return Response(receipt, status_code=201 if verdict is Verdict.STORED else 200)


def _must_decide(user: Principal, registration: Registration) -> None:
    """Raise Forbidden with the clause for a key below the levels that decide."""
    approval = registration.places_law.gatherings.approval
    if registration.divisions.get(user.division).level not in approval.by:
        clause = registration.places_law.cite(approval.clause)
        raise Forbidden("The district leading group decides; this key stands below it.", clause=clause)


@post(
    "/v1/gatherings/{gathering_id:uuid}/cancellation",
    guards=[requires("gatherings:write")],
    status_code=201,
    responses={200: ResponseSpec(GatheringReceipt, description="It was cancelled before that.")},
)
async def post_cancellation(
    gathering_id: FromPath[UUID],
    data: JSONBody[CancellationFields],
    request: WireRequest,
    registration: Service,
) -> Response[GatheringReceipt]:
    """Cancel a gathering 取消活动, with the reason."""
    now, law = registration.clock.now(), registration.places_law
    refuse_ahead(data, now)
    stored, verdict = await cancel_gathering(
        registration.database,
        gathering_id,
        law,
        reason=data.reason,
        cancelled_at=data.occurred_at or now,
        bounds=request.user.bounds(),
        now=now,
    )
    receipt = GatheringReceipt.after(stored, verdict, law, registration.sealer)
    return Response(receipt, status_code=201 if verdict is Verdict.STORED else 200)


@get("/v1/gatherings/{gathering_id:uuid}", guards=[requires("gatherings:read")])
async def get_gathering(
    gathering_id: FromPath[UUID], request: WireRequest, registration: Service
) -> GatheringHistory:
    """Return a gathering with everything that was said and decided of it 活动详情."""
    whole = await read_gathering(registration.database, gathering_id, request.user.bounds())
    return GatheringHistory.whole(whole, registration.places_law, registration.sealer)


@get("/v1/gatherings", guards=[requires("gatherings:read")])
async def get_gatherings(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    unapproved: Unapproved = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[GatheringView]:
    """List gatherings 活动台账 of a subtree, of one state or all, or those held without approval."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_gatherings(registration.database, window, state=in_state, unapproved=unapproved)
    law, sealer = registration.places_law, registration.sealer
    return page_of(request, place, rows, key=position_of, show=lambda one: GatheringView.of(one, law, sealer))


ROUTES = [post_gathering, post_decision, post_cancellation, get_gathering, get_gatherings]
