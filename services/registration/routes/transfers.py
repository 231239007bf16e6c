"""HTTP door of transfers to central quarantine."""

from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.quarantine.carry_out_transfer import arrive, tell_of_transfer
from services.registration.actions.quarantine.read_transfers import (
    list_transfers,
    read_transfer,
    show_transfers,
)
from services.registration.actions.quarantine.refuse_strangers import refuse_strangers
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.quarantine.transfer import TransferState, problems_of
from services.registration.service import Registration
from services.registration.wire.transfer_steps import ArrivalBody, CancelBody, PickUpBody, RequestBody
from services.registration.wire.transfers import (
    ArrivalReceipt,
    TransferHistory,
    TransferReceipt,
    TransferRow,
    TransferView,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.verdicts import Verdict

LEDGER = "transfers"
REPETITION = "A repetition of what is on record already."

InState = Annotated[
    TransferState | None, QueryParameter(name="state", description="Only transfers of this state.")
]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""


@post(
    "/v1/transfers",
    guards=[requires("transfers:write")],
    status_code=201,
    responses={200: ResponseSpec(TransferReceipt, description="A repetition of what is on record already.")},
)
async def post_transfer(
    data: JSONBody[TransferRow], request: WireRequest, registration: Service
) -> Response[TransferReceipt]:
    """Tell of a transfer 集中隔离转运: the decision, or the arrival at the site. A repetition answers 200.

    It may be told before its person is on record; whoever is on record elsewhere alone is refused.
    """
    now = registration.clock.now()
    statement = data.statement(now=now, received_from=request.user.id)
    if problems := problems_of(statement, now, registration.divisions):
        raise InvalidInput("The transfer has fields that are refused.", problems=problems)
    request.user.must_reach(data.division)
    await refuse_strangers(registration.database, {"person_id": statement.person_id}, request.user.bounds())
    recorded = await registration.transfers.submit(statement)
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    (shown,) = await show_transfers(registration.database, [recorded.held])
    receipt = TransferReceipt.after(shown, recorded.verdict, now)
    return Response(receipt, status_code=201 if recorded.verdict is Verdict.STORED else 200)


def _status(verdict: Verdict) -> int:
    return 201 if verdict is Verdict.STORED else 200


async def _tell(
    transfer_id: UUID,
    data: RequestBody | PickUpBody | CancelBody,
    request: WireRequest,
    registration: Registration,
) -> Response[TransferReceipt]:
    now = registration.clock.now()
    recorded = await tell_of_transfer(
        registration.database,
        transfer_id,
        partial(data.statement, now=now, received_from=request.user.id),
        bounds=request.user.bounds(),
        divisions=registration.divisions,
        now=now,
    )
    registration.wake()
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    (shown,) = await show_transfers(registration.database, [recorded.held])
    receipt = TransferReceipt.after(shown, recorded.verdict, now)
    return Response(receipt, status_code=_status(recorded.verdict))


@post(
    "/v1/transfers/{transfer_id:uuid}/request",
    guards=[requires("transfers:write")],
    status_code=201,
    responses={200: ResponseSpec(TransferReceipt, description=REPETITION)},
)
async def post_request(
    transfer_id: FromPath[UUID], data: JSONBody[RequestBody], request: WireRequest, registration: Service
) -> Response[TransferReceipt]:
    """Ask for a vehicle and its crew 申请转运车辆; the one that was entered last holds."""
    return await _tell(transfer_id, data, request, registration)


@post(
    "/v1/transfers/{transfer_id:uuid}/pick-up",
    guards=[requires("transfers:write")],
    status_code=201,
    responses={200: ResponseSpec(TransferReceipt, description=REPETITION)},
)
async def post_pick_up(
    transfer_id: FromPath[UUID], data: JSONBody[PickUpBody], request: WireRequest, registration: Service
) -> Response[TransferReceipt]:
    """Tell that the person was picked up 接上转运对象."""
    return await _tell(transfer_id, data, request, registration)


@post(
    "/v1/transfers/{transfer_id:uuid}/cancel",
    guards=[requires("transfers:write")],
    status_code=201,
    responses={200: ResponseSpec(TransferReceipt, description=REPETITION)},
)
async def post_cancellation(
    transfer_id: FromPath[UUID], data: JSONBody[CancelBody], request: WireRequest, registration: Service
) -> Response[TransferReceipt]:
    """Withdraw a transfer 撤销转运 with its reason; its clock is void, and it stays on record."""
    return await _tell(transfer_id, data, request, registration)


@post(
    "/v1/transfers/{transfer_id:uuid}/arrival",
    guards=[requires("transfers:write")],
    status_code=201,
    responses={200: ResponseSpec(ArrivalReceipt, description=REPETITION)},
)
async def post_arrival(
    transfer_id: FromPath[UUID], data: JSONBody[ArrivalBody], request: WireRequest, registration: Service
) -> Response[ArrivalReceipt]:
    """Tell that the person arrived 到达隔离点; who has no room yet is given one.

    An arrival is kept also when no room is free, which the answer then says.
    """
    now = registration.clock.now()
    arrived = await arrive(
        registration.database,
        transfer_id,
        partial(data.statement, now=now, received_from=request.user.id),
        room=data.room,
        bounds=request.user.bounds(),
        divisions=registration.divisions,
        now=now,
    )
    registration.wake()
    recorded = arrived.recorded
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    (shown,) = await show_transfers(registration.database, [recorded.held])
    receipt = ArrivalReceipt.told(shown, recorded.verdict, arrived.lacking, now)
    return Response(receipt, status_code=_status(recorded.verdict))


@get("/v1/transfers/{transfer_id:uuid}", guards=[requires("transfers:read")])
async def get_transfer(
    transfer_id: FromPath[UUID], request: WireRequest, registration: Service
) -> TransferHistory:
    """Return a transfer with everything that was said of it 转运详情."""
    shown, said = await read_transfer(registration.database, transfer_id, request.user.bounds())
    return TransferHistory.with_statements(shown, said, registration.clock.now())


@get("/v1/transfers", guards=[requires("transfers:read")])
async def get_transfers(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[TransferView]:
    """List transfers 转运名单 of a subtree, all or those awaiting, arrived or withdrawn, by division."""
    now = registration.clock.now()
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_transfers(registration.database, window, in_state)
    return page_of(request, place, rows, key=position_of, show=lambda shown: TransferView.of(shown, now))


ROUTES = [
    post_transfer,
    post_request,
    post_pick_up,
    post_cancellation,
    post_arrival,
    get_transfer,
    get_transfers,
]
