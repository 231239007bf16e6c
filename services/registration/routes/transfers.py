"""HTTP door of transfers to central quarantine."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.quarantine.read_transfers import (
    list_transfers,
    read_transfer,
    show_transfers,
)
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.quarantine.transfer import TransferState, problems_of
from services.registration.wire.transfers import (
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
    """Tell of a transfer 集中隔离转运: the decision, or the arrival at the site. A repetition answers 200."""
    now = registration.clock.now()
    statement = data.statement(now=now, received_from=request.user.id)
    if problems := problems_of(statement, now, registration.divisions):
        raise InvalidInput("The transfer has fields that are refused.", problems=problems)
    request.user.must_reach(data.division)
    recorded = await registration.transfers.submit(statement)
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    (shown,) = await show_transfers(registration.database, [recorded.held])
    receipt = TransferReceipt.after(shown, recorded.verdict, now)
    return Response(receipt, status_code=201 if recorded.verdict is Verdict.STORED else 200)


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
    """List transfers 转运名单 of a subtree, all or those awaiting or arrived, by division."""
    now = registration.clock.now()
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_transfers(registration.database, window, in_state)
    return page_of(request, place, rows, key=position_of, show=lambda shown: TransferView.of(shown, now))


ROUTES = [post_transfer, get_transfer, get_transfers]
