"""HTTP door of sequencing: parse, act, answer."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.testing.actions.sequencing.end_order import exclude_sample, record_sequence
from services.testing.actions.sequencing.read_orders import compare_sequence, list_orders, read_order
from services.testing.routes.laboratory_quality import sent_by
from services.testing.routes.lists import Service
from services.testing.rules.sequencing.order import OrderState
from services.testing.service import Testing
from services.testing.storage.sequencing import LinkedOrder
from services.testing.wire.sequencing import (
    ComparisonsView,
    ExclusionOrder,
    OrderHistoryView,
    OrderReceipt,
    OrderView,
    SequenceFields,
    SequenceRow,
    SequenceRowReceipt,
    order_fields,
)
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import DutyclockError, FieldProblem, Unavailable
from shared.pages import DEFAULT_LIMIT, LARGEST_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

AT_AND_ID = tuple[datetime, UUID]
BEFORE_ALL = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
ROWS_AT_MOST = 1_000

InState = Annotated[OrderState | None, QueryParameter(name="state", description="Only orders of this state.")]
OnlyOverdue = Annotated[
    bool | None, QueryParameter(name="overdue", description="Only orders whose time is up.")
]
Most = Annotated[int, QueryParameter(name="limit", ge=1, le=LARGEST_LIMIT, description="How many at most.")]


@get("/v1/sequencing-orders", guards=[requires("sequencing:read")])
async def get_orders(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    overdue: OnlyOverdue = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[OrderView]:
    """List the orders to sequence positive samples 测序任务清单, by when they were found positive."""
    place = place_in_list(request, cursor, limit, AT_AND_ID)
    rows = await list_orders(
        testing.database,
        request.user.bounds_in(testing.divisions, division),
        place.after or BEFORE_ALL,
        place.rows_wanted,
        state=in_state,
        overdue_at=testing.clock.now() if overdue else None,
    )

    def position(row: LinkedOrder) -> AT_AND_ID:
        return (row.order.positive_at, row.order.sample_id)

    return page_of(request, place, rows, key=position, show=OrderView.of)


@get("/v1/sequencing-orders/{sample_id:uuid}", guards=[requires("sequencing:read")])
async def get_order(sample_id: FromPath[UUID], request: WireRequest, testing: Service) -> OrderHistoryView:
    """Return the order to sequence a positive sample 测序任务, with all that was said of it."""
    held, entries = await read_order(testing.database, sample_id, request.user.bounds())
    return OrderHistoryView.with_entries(held, entries)


@post(
    "/v1/sequencing-orders/{sample_id:uuid}/exclusion",
    guards=[requires("sequencing:write")],
    status_code=200,
)
async def post_exclusion(
    sample_id: FromPath[UUID], data: JSONBody[ExclusionOrder], request: WireRequest, testing: Service
) -> OrderView:
    """Say why a positive sample is not sequenced 不予测序; repeating it changes nothing."""
    now = testing.clock.now()
    occurred_at = data.occurred_at or now
    held = await exclude_sample(
        testing.database,
        sample_id,
        data.exclusion(),
        occurred_at,
        testing.laboratories_law.sequencing,
        bounds=request.user.bounds(),
        sent=sent_by(request, data.recorded_at, now, occurred_at=occurred_at),
    )
    testing.wake()
    return OrderView.of(held)


@post(
    "/v1/sequencing-orders/{sample_id:uuid}/sequence",
    guards=[requires("sequencing:write")],
    status_code=201,
    responses={200: ResponseSpec(OrderReceipt, description="A repetition of what is on record already.")},
)
async def post_sequence(
    sample_id: FromPath[UUID], data: JSONBody[SequenceFields], request: WireRequest, testing: Service
) -> Response[OrderReceipt]:
    """Tell the sequence of a positive sample 上报测序结果; another one later corrects it."""
    held, is_news = await _record(testing, request, sample_id, data)
    testing.wake()
    verdict = Verdict.STORED if is_news else Verdict.DUPLICATE
    receipt = OrderReceipt.model_validate({**order_fields(held), "verdict": verdict})
    return Response(receipt, status_code=201 if is_news else 200)


async def _record(
    testing: Testing, request: WireRequest, sample_id: UUID, data: SequenceFields
) -> tuple[LinkedOrder, bool]:
    now = testing.clock.now()
    return await record_sequence(
        testing.database,
        sample_id,
        data.sequence(),
        testing.institutions,
        bounds=request.user.bounds(),
        sent=sent_by(request, data.recorded_at, now, sequenced_at=data.sequenced_at),
    )


@post(
    "/v1/sequences/batch",
    guards=[requires("sequencing:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_sequences(request: WireRequest, testing: Service) -> BatchReceipt[SequenceRowReceipt]:
    """Tell up to 1,000 sequences 批量上报测序结果, a JSON array or NDJSON; a verdict for each row."""
    media = require_media(request, JSON, NDJSON)
    rows = read_rows(await request.body(), media, SequenceRow, limit=ROWS_AT_MOST)
    verdicts = [await _judge(testing, request, read.row) for read in rows if read.row is not None]
    testing.wake()
    return BatchReceipt.of(
        [
            SequenceRowReceipt(
                index=read.index,
                verdict=verdict.verdict,
                sample_id=read.row.sample_id if read.row else None,
                problems=[Problem.of(problem) for problem in verdict.problems],
            )
            for read, verdict in zip(rows, with_unread(rows, verdicts), strict=True)
        ]
    )


async def _judge(testing: Testing, request: WireRequest, row: SequenceRow) -> RowVerdict:
    """Store one row by itself; what is refused says why, and only a database that is away ends the batch."""
    try:
        _, is_news = await _record(testing, request, row.sample_id, row)
    except Unavailable:
        raise
    except DutyclockError as refused:
        problems = refused.problems or (FieldProblem("sample_id", refused.detail),)
        return RowVerdict(Verdict.REFUSED, row.sample_id, problems)
    return RowVerdict(Verdict.STORED if is_news else Verdict.DUPLICATE, row.sample_id)


@get("/v1/sequencing-orders/{sample_id:uuid}/comparisons", guards=[requires("sequencing:read")])
async def get_comparisons(
    sample_id: FromPath[UUID], request: WireRequest, testing: Service, most: Most = 50
) -> ComparisonsView:
    """Return the sequences of the subtree that are close to a sample's 序列比对, the closest first."""
    found = await compare_sequence(
        testing.database, sample_id, request.user.bounds(), most, testing.laboratories_law.sequencing
    )
    return ComparisonsView.of(found)


ROUTES = [
    get_orders,
    get_order,
    post_exclusion,
    post_sequence,
    post_sequences,
    get_comparisons,
]
