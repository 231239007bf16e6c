"""HTTP door of returns."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.returns.add_proofs import statement_of_proofs
from services.registration.actions.returns.judge_returns import judge_returns
from services.registration.actions.returns.read_returns import list_returns, read_return
from services.registration.actions.returns.receive_returns import receive_returns
from services.registration.actions.returns.withdraw_paper import withdraw_paper
from services.registration.actions.returns.withdraw_return import withdraw_return
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.returns.journey_check import papers_problems
from services.registration.rules.returns.return_merge import ReturnState
from services.registration.wire.returns import (
    PaperWordRow,
    ProofsRow,
    ReturnHistory,
    ReturnReceipt,
    ReturnRow,
    ReturnRowReceipt,
    ReturnView,
    ReturnWithdrawalRow,
)
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

LEDGER = "returns"

InState = Annotated[
    ReturnState | None, QueryParameter(name="state", description="Only returns of this state.")
]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""


@post(
    "/v1/returns",
    guards=[requires("returns:write")],
    status_code=201,
    responses={200: ResponseSpec(ReturnReceipt, description="A repetition of what is on record already.")},
)
async def post_return(
    data: JSONBody[ReturnRow], request: WireRequest, registration: Service
) -> Response[ReturnReceipt]:
    """Tell of a return 返乡登记: an arrival, or its registration as well. A repetition answers 200."""
    now = registration.clock.now()
    statement = data.statement(now=now, received_from=request.user.id)
    problems_of = await judge_returns(
        registration.database, [statement], registration.keeping, bounds=request.user.bounds(), now=now
    )
    if problems := problems_of(statement):
        raise InvalidInput("The return has fields that are refused.", problems=problems)
    request.user.must_reach(data.division)
    recorded = await registration.returns.submit(statement)
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    receipt = ReturnReceipt.after(recorded.held, recorded.verdict, now)
    return Response(receipt, status_code=201 if recorded.verdict is Verdict.STORED else 200)


@post(
    "/v1/returns/batch",
    guards=[requires("returns:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_returns(request: WireRequest, registration: Service) -> BatchReceipt[ReturnRowReceipt]:
    """Tell of up to 10,000 returns 批量登记, a JSON array or NDJSON; each row gets a verdict of its own."""
    media = require_media(request, JSON, NDJSON)
    now = registration.clock.now()
    rows = read_rows(await request.body(), media, ReturnRow)
    verdicts = await receive_returns(
        registration.database,
        [read.row.statement(now=now, received_from=request.user.id) for read in rows if read.row is not None],
        registration.keeping,
        bounds=request.user.bounds(),
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


def _receipt(read: ReadRow[ReturnRow], verdict: RowVerdict) -> ReturnRowReceipt:
    return ReturnRowReceipt(
        index=read.index,
        verdict=verdict.verdict,
        reference=read.row.reference if read.row else None,
        return_id=verdict.id,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@post(
    "/v1/returns/{return_id:uuid}/proofs",
    guards=[requires("returns:write")],
    status_code=201,
    responses={200: ResponseSpec(ReturnReceipt, description="Papers that are on record already.")},
)
async def post_proofs(
    return_id: FromPath[UUID], data: JSONBody[ProofsRow], request: WireRequest, registration: Service
) -> Response[ReturnReceipt]:
    """Add papers to a return 补交证明; the plan is decided anew from the facts as they are then."""
    now = registration.clock.now()
    papers = [proof.proof for proof in data.proofs]
    recorded_at = data.recorded_at or now
    refuse_future("recorded_at", recorded_at, now)
    if problems := papers_problems(papers, now):
        raise InvalidInput("The papers have fields that are refused.", problems=problems)
    statement = await statement_of_proofs(
        registration.database,
        return_id,
        papers,
        request.user.bounds(),
        source=data.source,
        recorded_at=recorded_at,
        received_from=request.user.id,
    )
    recorded = await registration.returns.submit(statement)
    receipt = ReturnReceipt.after(recorded.held, recorded.verdict, now)
    return Response(receipt, status_code=201 if recorded.verdict is Verdict.STORED else 200)


@post(
    "/v1/returns/{return_id:uuid}/proofs/{proof_id:uuid}/withdrawal",
    guards=[requires("returns:write")],
    status_code=201,
    responses={200: ResponseSpec(ReturnReceipt, description="What holds of the paper already.")},
)
async def post_paper_word(
    return_id: FromPath[UUID],
    proof_id: FromPath[UUID],
    data: JSONBody[PaperWordRow],
    request: WireRequest,
    registration: Service,
) -> Response[ReturnReceipt]:
    """Withdraw a paper that was false 证明作废, or restore it; the plan is decided anew by those left."""
    now = registration.clock.now()
    refuse_future("recorded_at", data.recorded_at or now, now)
    held, verdict = await withdraw_paper(
        registration.database,
        return_id,
        data.said(proof_id, now=now, received_from=request.user.id),
        registration.keeping,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    receipt = ReturnReceipt.after(held, verdict, now)
    return Response(receipt, status_code=201 if verdict is Verdict.STORED else 200)


@post(
    "/v1/returns/{return_id:uuid}/withdrawal",
    guards=[requires("returns:write")],
    status_code=201,
    responses={200: ResponseSpec(ReturnReceipt, description="It was withdrawn before.")},
)
async def post_return_withdrawal(
    return_id: FromPath[UUID],
    data: JSONBody[ReturnWithdrawalRow],
    request: WireRequest,
    registration: Service,
) -> Response[ReturnReceipt]:
    """Withdraw a return that was none 返乡信息撤销: its 12 hours end, and the plan is decided anew."""
    now = registration.clock.now()
    held, verdict = await withdraw_return(
        registration.database,
        return_id,
        data.withdrawal(now=now, received_from=request.user.id),
        registration.keeping.law,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    receipt = ReturnReceipt.after(held, verdict, now)
    return Response(receipt, status_code=201 if verdict is Verdict.STORED else 200)


@get("/v1/returns/{return_id:uuid}", guards=[requires("returns:read")])
async def get_return(return_id: FromPath[UUID], request: WireRequest, registration: Service) -> ReturnHistory:
    """Return a return with everything that was said of it 返乡人员登记情况."""
    held, said, withdrawal = await read_return(registration.database, return_id, request.user.bounds())
    return ReturnHistory.with_statements(held, said, withdrawal, registration.clock.now())


@get("/v1/returns", guards=[requires("returns:read")])
async def get_returns(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[ReturnView]:
    """List returns 返乡人员名单 of a subtree, all or those registered or unregistered, by division."""
    now = registration.clock.now()
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_returns(registration.database, window, in_state)
    return page_of(request, place, rows, key=position_of, show=lambda held: ReturnView.of(held, now))


ROUTES = [
    post_return,
    post_returns,
    post_proofs,
    post_paper_word,
    post_return_withdrawal,
    get_return,
    get_returns,
]
