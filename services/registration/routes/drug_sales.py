"""HTTP door of the drug ledger."""

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, JSONBody

from services.registration.actions.sentinels.read_drugs import list_sales, read_sale
from services.registration.actions.sentinels.receive_drug_sales import problems_for, receive_drug_sales
from services.registration.actions.sentinels.record_drug_sales import record_drug_sales
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.sentinels.drug_sale import CONTRADICTS
from services.registration.wire.drug_sales import (
    DrugSaleReceipt,
    DrugSaleRow,
    DrugSaleRowReceipt,
    DrugSaleView,
)
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import Conflict, InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

LEDGER = "drug-sales"


@post(
    "/v1/drug-sales",
    guards=[requires("drugs:write")],
    status_code=201,
    responses={200: ResponseSpec(DrugSaleReceipt, description="A repetition of what is on record already.")},
)
async def post_drug_sale(
    data: JSONBody[DrugSaleRow], request: WireRequest, registration: Service
) -> Response[DrugSaleReceipt]:
    """Record the sale of a drug under the buyer's real name 药品销售实名登记. A repetition answers 200.

    A buyer with listed symptoms comes under health management and onto the list of those to be followed.
    """
    now = registration.clock.now()
    sale = data.sale(now=now, received_from=request.user.id)
    request.user.must_reach(sale.division)
    keeping = registration.drug_keeping
    if problems := problems_for(sale, keeping, reaches=request.user.reaches, now=now):
        raise InvalidInput("The sale has fields that are refused.", problems=problems)
    (recorded,) = await record_drug_sales(registration.database, [sale], keeping, now=now)
    registration.wake()
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    if recorded.id is None:
        raise Conflict("The sale contradicts what is on record.", problems=[CONTRADICTS])
    receipt = DrugSaleReceipt.after(await read_sale(registration.database, recorded.id), recorded.verdict)
    return Response(receipt, status_code=201 if recorded.verdict is Verdict.STORED else 200)


@post(
    "/v1/drug-sales/batch",
    guards=[requires("drugs:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_drug_sales(request: WireRequest, registration: Service) -> BatchReceipt[DrugSaleRowReceipt]:
    """Record up to 10,000 sales from a till 批量登记, a JSON array or NDJSON; each row gets a verdict."""
    media = require_media(request, JSON, NDJSON)
    now = registration.clock.now()
    rows = read_rows(await request.body(), media, DrugSaleRow)
    verdicts = await receive_drug_sales(
        registration.database,
        [read.row.sale(now=now, received_from=request.user.id) for read in rows if read.row is not None],
        registration.drug_keeping,
        reaches=request.user.reaches,
        now=now,
    )
    registration.wake()
    receipt = BatchReceipt.of(
        [_receipt(read, row) for read, row in zip(rows, with_unread(rows, verdicts), strict=True)]
    )
    for verdict in Verdict:
        registration.metrics.statements.labels(LEDGER, verdict).inc(getattr(receipt, verdict))
    return receipt


def _receipt(read: ReadRow[DrugSaleRow], verdict: RowVerdict) -> DrugSaleRowReceipt:
    return DrugSaleRowReceipt(
        index=read.index,
        verdict=verdict.verdict,
        receipt=read.row.receipt if read.row else None,
        line=read.row.line if read.row else None,
        sale_id=verdict.id,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@get("/v1/drug-sales", guards=[requires("drugs:read")])
async def get_drug_sales(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[DrugSaleView]:
    """List the drug ledger 药品销售台账 of a subtree, by division; buyers are named by their ids only."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_sales(registration.database, window)
    return page_of(request, place, rows, key=position_of, show=DrugSaleView.of)


ROUTES = [post_drug_sale, post_drug_sales, get_drug_sales]
