"""HTTP door of controls, proficiency rounds and suspensions of laboratories: parse, act, answer."""

from datetime import UTC, datetime
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from services.testing.actions.laboratories.read_quality import list_rounds, list_runs, list_suspensions
from services.testing.actions.laboratories.record_quality import record_round, record_run
from services.testing.actions.laboratories.reroute_work import list_reroutings
from services.testing.actions.laboratories.suspend_laboratory import reinstate_laboratory, suspend_laboratory
from services.testing.routes.laboratories import storable
from services.testing.routes.lists import Service
from services.testing.rules.laboratories.controls import JudgedRun
from services.testing.storage.laboratory_quality import PlacedSuspension, ScoredRound, Sent
from services.testing.storage.laboratory_work import Rerouted
from services.testing.wire.laboratory_quality import (
    ControlRunFields,
    ControlRunReceipt,
    ControlRunView,
    ReinstatementOrder,
    ReroutingView,
    RoundFields,
    RoundReceipt,
    RoundView,
    SuspensionOrder,
    SuspensionView,
    round_receipt,
    run_receipt,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.instants import problems_ahead
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

NAMED_POSITION = tuple[datetime, str]
"""The sort values of a laboratory's runs and rounds: when, and which."""
SUSPENSION_POSITION = tuple[datetime, UUID]
AFTER_ALL = (datetime.max.replace(tzinfo=UTC), "")
BEFORE_ALL = (datetime.min.replace(tzinfo=UTC), UUID(int=0))


def sent_by(request: WireRequest, recorded_at: datetime | None, now: datetime, **instants: datetime) -> Sent:
    """Return when it was entered and by whom; raises InvalidInput for what lies ahead of now."""
    recorded_at = recorded_at or now
    if problems := problems_ahead({**instants, "recorded_at": recorded_at}, now):
        raise InvalidInput("The body has fields that are refused.", problems=problems)
    return Sent(recorded_at, request.user.id, now)


@post(
    "/v1/laboratories/{code:str}/control-runs",
    guards=[requires("laboratories:write")],
    status_code=201,
    responses={200: ResponseSpec(ControlRunReceipt, description="A repetition of what is on record.")},
)
async def post_control_run(
    code: FromPath[str], data: JSONBody[ControlRunFields], request: WireRequest, testing: Service
) -> Response[ControlRunReceipt]:
    """Tell the controls of a run 上报室内质控; they are judged at once, and may suspend the laboratory."""
    sent = sent_by(request, data.recorded_at, testing.clock.now(), measured_at=data.measured_at)
    recorded = await record_run(
        testing.database,
        storable(code),
        data.control_run(),
        testing.laboratories_law,
        bounds=request.user.bounds(),
        sent=sent,
    )
    testing.wake()
    return Response(run_receipt(recorded), status_code=201 if recorded.is_new else 200)


@get("/v1/laboratories/{code:str}/control-runs", guards=[requires("laboratories:read")])
async def get_control_runs(
    code: FromPath[str],
    request: WireRequest,
    testing: Service,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[ControlRunView]:
    """List the controls of a laboratory's runs 室内质控记录, the latest first."""
    place = place_in_list(request, cursor, limit, NAMED_POSITION)
    rows = await list_runs(
        testing.database,
        storable(code),
        request.user.bounds(),
        place.after or AFTER_ALL,
        place.rows_wanted,
    )

    def position(row: JudgedRun) -> NAMED_POSITION:
        return (row.run.measured_at, row.run.run)

    return page_of(request, place, rows, key=position, show=ControlRunView.of)


@post(
    "/v1/laboratories/{code:str}/proficiency-rounds",
    guards=[requires("laboratories:suspend")],
    status_code=201,
    responses={200: ResponseSpec(RoundReceipt, description="A repetition of what is on record.")},
)
async def post_round(
    code: FromPath[str], data: JSONBody[RoundFields], request: WireRequest, testing: Service
) -> Response[RoundReceipt]:
    """Tell how a laboratory did in a proficiency round 室间质评结果; one that failed is suspended."""
    sent = sent_by(request, data.recorded_at, testing.clock.now(), held_at=data.held_at)
    recorded = await record_round(
        testing.database,
        storable(code),
        data.proficiency_round(),
        testing.laboratories_law,
        bounds=request.user.bounds(),
        sent=sent,
    )
    testing.wake()
    return Response(round_receipt(recorded), status_code=201 if recorded.is_new else 200)


@get("/v1/laboratories/{code:str}/proficiency-rounds", guards=[requires("laboratories:read")])
async def get_rounds(
    code: FromPath[str],
    request: WireRequest,
    testing: Service,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[RoundView]:
    """List a laboratory's proficiency rounds 室间质评记录, the latest first."""
    place = place_in_list(request, cursor, limit, NAMED_POSITION)
    rows = await list_rounds(
        testing.database,
        storable(code),
        request.user.bounds(),
        place.after or AFTER_ALL,
        place.rows_wanted,
    )

    def position(row: ScoredRound) -> NAMED_POSITION:
        return (row.round.held_at, row.round.round)

    return page_of(request, place, rows, key=position, show=RoundView.of)


@post(
    "/v1/laboratories/{code:str}/suspension",
    guards=[requires("laboratories:suspend")],
    status_code=201,
    responses={200: ResponseSpec(SuspensionView, description="It was suspended already.")},
)
async def post_suspension(
    code: FromPath[str], data: JSONBody[SuspensionOrder], request: WireRequest, testing: Service
) -> Response[SuspensionView]:
    """Suspend a laboratory 暂停检测: its open work is re-routed, its results are kept and flagged."""
    now = testing.clock.now()
    suspended_at = data.suspended_at or now
    sent = sent_by(request, data.recorded_at, now, suspended_at=suspended_at)
    placed, is_new = await suspend_laboratory(
        testing.database,
        storable(code),
        data.reason_code,
        suspended_at,
        bounds=request.user.bounds(),
        sent=sent,
    )
    testing.wake()
    return Response(SuspensionView.of(placed), status_code=201 if is_new else 200)


@post("/v1/laboratories/{code:str}/reinstatement", guards=[requires("laboratories:suspend")], status_code=200)
async def post_reinstatement(
    code: FromPath[str], data: JSONBody[ReinstatementOrder], request: WireRequest, testing: Service
) -> SuspensionView:
    """Let a laboratory test again 恢复检测; repeating it changes nothing."""
    now = testing.clock.now()
    ended_at = data.ended_at or now
    sent = sent_by(request, data.recorded_at, now, ended_at=ended_at)
    placed = await reinstate_laboratory(
        testing.database,
        storable(code),
        data.reason_code,
        ended_at,
        bounds=request.user.bounds(),
        sent=sent,
    )
    testing.wake()
    return SuspensionView.of(placed)


@get("/v1/laboratory-suspensions", guards=[requires("laboratories:read")])
async def get_suspensions(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    open: FromQuery[bool | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[SuspensionView]:
    """List the suspensions of a subtree's laboratories 暂停记录, open or ended or all, by when they began."""
    place = place_in_list(request, cursor, limit, SUSPENSION_POSITION)
    rows = await list_suspensions(
        testing.database,
        request.user.bounds_in(testing.divisions, division),
        place.after or BEFORE_ALL,
        place.rows_wanted,
        open,
    )

    def position(row: PlacedSuspension) -> SUSPENSION_POSITION:
        return (row.suspension.suspended_at, row.suspension.id)

    return page_of(request, place, rows, key=position, show=SuspensionView.of)


@get("/v1/reroutings", guards=[requires("laboratories:read")])
async def get_reroutings(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[ReroutingView]:
    """List the tubes that were sent on from suspended laboratories 样本改送记录, by when."""
    place = place_in_list(request, cursor, limit, SUSPENSION_POSITION)
    rows = await list_reroutings(
        testing.database,
        request.user.bounds_in(testing.divisions, division),
        place.after or BEFORE_ALL,
        place.rows_wanted,
    )

    def position(row: Rerouted) -> SUSPENSION_POSITION:
        return (row.decided_at, row.tube_id)

    return page_of(request, place, rows, key=position, show=ReroutingView.of)


ROUTES = [
    post_control_run,
    get_control_runs,
    post_round,
    get_rounds,
    post_suspension,
    post_reinstatement,
    get_suspensions,
    get_reroutings,
]
