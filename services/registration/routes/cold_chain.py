"""HTTP door of cold-chain lots."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.places.keep_proofs import record_proof
from services.registration.actions.places.move_lot import MovementSent, move_lot
from services.registration.actions.places.read_lots import check_sale, list_lots, read_lot, trace_lot
from services.registration.actions.places.record_lots import record_lots
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.places.four_proofs import LotState
from services.registration.rules.places.lot import Direction, Lot
from services.registration.wire.cold_chain import (
    LotFields,
    LotHistory,
    LotReceipt,
    LotRowReceipt,
    LotView,
    MovementFields,
    MovementReceipt,
    ProofStatement,
    SaleCheck,
    SaleFields,
    Trace,
)
from services.registration.wire.references import Reference
from services.registration.wire.tellings import refuse_ahead
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

LEDGER = "cold-chain-lots"

InState = Annotated[LotState | None, QueryParameter(name="state", description="Only lots of this state.")]
AtPlace = Annotated[
    Reference | None, QueryParameter(name="place", description="Only lots that this place has or ever had.")
]
HeldOnly = Annotated[
    bool, QueryParameter(name="held", description="With `place`: only lots of which it still has some.")
]


@post(
    "/v1/cold-chain-lots",
    guards=[requires("goods:write")],
    status_code=201,
    responses={200: ResponseSpec(LotReceipt, description="A repetition of what is on record already.")},
)
async def post_lot(
    data: JSONBody[LotFields], request: WireRequest, registration: Service
) -> Response[LotReceipt]:
    """Put a lot of imported cold-chain food on record 冷链食品登记, with its proofs."""
    now, law = registration.clock.now(), registration.places_law
    sent = data.sent(now=now, received_from=request.user.id)
    ((verdict, lot),) = await record_lots(
        registration.database, [sent], law.cold_chain, reaches=request.user.reaches, now=now
    )
    registration.wake()
    if lot is None:
        raise InvalidInput("The lot has fields that are refused.", problems=verdict.problems)
    registration.metrics.statements.labels(LEDGER, verdict.verdict).inc()
    status = 201 if verdict.verdict is Verdict.STORED else 200
    return Response(LotReceipt.after(lot, verdict.verdict, law), status_code=status)


@post(
    "/v1/cold-chain-lots/batch",
    guards=[requires("goods:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_lots(request: WireRequest, registration: Service) -> BatchReceipt[LotRowReceipt]:
    """Put up to 10,000 lots on record 冷链食品批量登记, a JSON array or NDJSON; a verdict for each."""
    media, now = require_media(request, JSON, NDJSON), registration.clock.now()
    rows = read_rows(await request.body(), media, LotFields)
    recorded = await record_lots(
        registration.database,
        [read.row.sent(now=now, received_from=request.user.id) for read in rows if read.row is not None],
        registration.places_law.cold_chain,
        reaches=request.user.reaches,
        now=now,
    )
    registration.wake()
    lots = {verdict.id: lot for verdict, lot in recorded}
    verdicts = with_unread(rows, [verdict for verdict, _ in recorded])
    receipt = BatchReceipt.of(
        [_receipt(read, row, lots.get(row.id)) for read, row in zip(rows, verdicts, strict=True)]
    )
    for verdict in Verdict:
        registration.metrics.statements.labels(LEDGER, verdict).inc(getattr(receipt, verdict))
    return receipt


def _receipt(read: ReadRow[LotFields], verdict: RowVerdict, lot: Lot | None) -> LotRowReceipt:
    return LotRowReceipt(
        index=read.index,
        verdict=verdict.verdict,
        number=read.row.number if read.row else None,
        lot_id=verdict.id,
        state=lot.state if lot else None,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@post(
    "/v1/cold-chain-lots/{lot_id:uuid}/proofs",
    guards=[requires("goods:write")],
    status_code=201,
    responses={200: ResponseSpec(LotReceipt, description="It was told before.")},
)
async def post_proof(
    lot_id: FromPath[UUID], data: JSONBody[ProofStatement], request: WireRequest, registration: Service
) -> Response[LotReceipt]:
    """Tell of a proof of a lot 四必备证明: that it is there, until when, or that it was withdrawn."""
    now, law = registration.clock.now(), registration.places_law
    refuse_ahead(data, now)
    if data.withdrawn_at is not None:
        refuse_future("withdrawn_at", data.withdrawn_at, now)
    kinds = [kind.id for kind in law.cold_chain.proofs]
    if data.kind not in kinds:
        problem = FieldProblem("kind", f"is none of {', '.join(kinds)}")
        raise InvalidInput("The proof has fields that are refused.", problems=[problem])
    lot, verdict = await record_proof(
        registration.database,
        data.proof(lot_id),
        data.telling(now=now, received_from=request.user.id),
        law.cold_chain,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    status = 201 if verdict is Verdict.STORED else 200
    return Response(LotReceipt.after(lot, verdict, law), status_code=status)


@get("/v1/cold-chain-lots/{lot_id:uuid}/sale-check", guards=[requires("goods:read")])
async def get_sale_check(lot_id: FromPath[UUID], request: WireRequest, registration: Service) -> SaleCheck:
    """Tell whether a lot may be sold 可否销售 now, and if not, which of the four proofs it lacks."""
    law = registration.places_law
    lot, lacks, is_named = await check_sale(
        registration.database,
        lot_id,
        law.cold_chain,
        bounds=request.user.bounds(),
        now=registration.clock.now(),
    )
    return SaleCheck.of(lot, lacks, law, is_named=is_named)


@post("/v1/cold-chain-lots/{lot_id:uuid}/sales", guards=[requires("goods:write")], status_code=201)
async def post_sale(
    lot_id: FromPath[UUID], data: JSONBody[SaleFields], request: WireRequest, registration: Service
) -> Response[MovementReceipt]:
    """Sell of a lot 销售; refused with the clause while it lacks one of the four proofs."""
    now = registration.clock.now()
    refuse_ahead(data, now)
    return await _move(data.sent(lot_id, now=now, received_from=request.user.id), request, registration)


@post(
    "/v1/cold-chain-lots/{lot_id:uuid}/movements",
    guards=[requires("goods:write")],
    status_code=201,
    responses={200: ResponseSpec(MovementReceipt, description="It was told before.")},
)
async def post_movement(
    lot_id: FromPath[UUID], data: JSONBody[MovementFields], request: WireRequest, registration: Service
) -> Response[MovementReceipt]:
    """Move a part of a lot from one place to another 流转; what is blocked may go back, say."""
    now = registration.clock.now()
    refuse_ahead(data, now)
    return await _move(data.sent(lot_id, now=now, received_from=request.user.id), request, registration)


async def _move(sent: MovementSent, request: WireRequest, registration: Service) -> Response[MovementReceipt]:
    movement, verdict = await move_lot(
        registration.database,
        sent,
        registration.places_law,
        reaches=request.user.reaches,
        bounds=request.user.bounds(),
        now=registration.clock.now(),
    )
    status = 201 if verdict is Verdict.STORED else 200
    return Response(MovementReceipt.after(movement, verdict), status_code=status)


@get("/v1/cold-chain-lots/{lot_id:uuid}/trace", guards=[requires("goods:read")])
async def get_trace(
    lot_id: FromPath[UUID],
    request: WireRequest,
    registration: Service,
    at_place: AtPlace = None,
    direction: FromQuery[Direction] = Direction.FORWARD,
) -> Trace:
    """Trace a lot 追溯: where it went from a place, or came from; without a place, everywhere it was."""
    traced = await trace_lot(
        registration.database,
        lot_id,
        place=at_place,
        direction=direction,
        bounds=request.user.bounds(),
    )
    return Trace.of(traced, request.user.division)


@get("/v1/cold-chain-lots/{lot_id:uuid}", guards=[requires("goods:read")])
async def get_lot(lot_id: FromPath[UUID], request: WireRequest, registration: Service) -> LotHistory:
    """Return a lot with its proofs and where it is 冷链批次详情."""
    whole = await read_lot(registration.database, lot_id, request.user.bounds())
    now = registration.clock.now()
    return LotHistory.whole(whole, registration.places_law, request.user.division, now)


@get("/v1/cold-chain-lots", guards=[requires("goods:read")])
async def get_lots(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    at_place: AtPlace = None,
    held: HeldOnly = False,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[LotView]:
    """List cold-chain lots 冷链食品台账 that came to a subtree, or those that a place has or ever had."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_lots(
        registration.database,
        window,
        state=in_state,
        place=at_place,
        bounds=request.user.bounds(),
        held_only=held,
    )
    law = registration.places_law
    return page_of(request, place, rows, key=position_of, show=lambda lot: LotView.of(lot, law))


ROUTES = [
    post_lot,
    post_lots,
    post_proof,
    get_sale_check,
    post_sale,
    post_movement,
    get_trace,
    get_lot,
    get_lots,
]
