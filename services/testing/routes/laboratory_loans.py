"""HTTP door of mobile teams that laboratories lend one another: parse, act, answer."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.testing.actions.laboratories.lend_team import end_loan, lend_team, list_loans
from services.testing.routes.lists import Service
from services.testing.storage.laboratory_loans import StoredLoan
from services.testing.wire.laboratory_loans import LoanEnding, LoanOrder, LoanReceipt, LoanView
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.verdicts import Verdict

LOAN_POSITION = tuple[datetime, UUID]
"""The sort values of the list: when a loan begins, and its id."""
BEFORE_ALL = (datetime.min.replace(tzinfo=UTC), UUID(int=0))

Lasting = Annotated[
    bool | None, QueryParameter(name="lasting", description="Only loans that last at this moment.")
]


@post(
    "/v1/laboratory-loans",
    guards=[requires("laboratories:write")],
    status_code=201,
    responses={200: ResponseSpec(LoanReceipt, description="A repetition of what is on record already.")},
)
async def post_loan(
    data: JSONBody[LoanOrder], request: WireRequest, testing: Service
) -> Response[LoanReceipt]:
    """Lend a mobile team 调派机动检测队伍 from one laboratory to another; whoever lends reaches both."""
    now = testing.clock.now()
    recorded_at = data.recorded_at or now
    refuse_future("recorded_at", recorded_at, now)
    stored, is_new = await lend_team(
        testing.database,
        data.loan(),
        reaches=request.user.reaches,
        recorded_at=recorded_at,
        received_from=request.user.id,
        now=now,
    )
    verdict = Verdict.STORED if is_new else Verdict.DUPLICATE
    receipt = LoanReceipt(**LoanView.of(stored).model_dump(), verdict=verdict)
    return Response(receipt, status_code=201 if is_new else 200)


@post("/v1/laboratory-loans/{loan_id:uuid}/end", guards=[requires("laboratories:write")], status_code=200)
async def post_loan_end(
    loan_id: FromPath[UUID], data: JSONBody[LoanEnding], request: WireRequest, testing: Service
) -> LoanView:
    """Take a team back before its time 撤回队伍; repeating it changes nothing."""
    now = testing.clock.now()
    ended_at = data.ended_at or now
    refuse_future("ended_at", ended_at, now)
    return LoanView.of(await end_loan(testing.database, loan_id, ended_at, reaches=request.user.reaches))


@get("/v1/laboratory-loans", guards=[requires("laboratories:read")])
async def get_loans(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    lasting: Lasting = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[LoanView]:
    """List the teams that laboratories of a subtree lend or borrow 队伍调派记录, by when they begin."""
    place = place_in_list(request, cursor, limit, LOAN_POSITION)
    rows = await list_loans(
        testing.database,
        request.user.bounds_in(testing.divisions, division),
        place.after or BEFORE_ALL,
        place.rows_wanted,
        testing.clock.now() if lasting else None,
    )

    def position(row: StoredLoan) -> LOAN_POSITION:
        return (row.loan.from_at, row.loan.id)

    return page_of(request, place, rows, key=position, show=LoanView.of)


ROUTES = [post_loan, post_loan_end, get_loans]
