"""HTTP door of people who may be one: the queue, decisions, and their undoing."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.people.decide_suspects import decide_pair, decide_suspect
from services.registration.actions.people.read_suspects import list_suspects
from services.registration.actions.people.undo_merge import undo_merge
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.people.likeness import SuspectPair
from services.registration.rules.people.merging import SuspectState
from services.registration.service import Registration
from services.registration.storage.suspects import Decision
from services.registration.wire.suspect_views import SuspectView
from services.registration.wire.suspects import DecisionReceipt, DecisionRow, MergeRow, UndoRow
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.verdicts import Verdict

REPEATED = {200: ResponseSpec(DecisionReceipt, description="It was decided so already.")}

InState = Annotated[
    SuspectState, QueryParameter(name="state", description="Pairs that are open, or were decided.")
]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""


@get("/v1/people/suspects", guards=[requires("people:read")])
async def get_suspects(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = SuspectState.OPEN,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[SuspectView]:
    """List people who may be one 疑似重复人员 for somebody to decide, masked, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_suspects(registration.database, registration.sealer, window, in_state)
    return page_of(request, place, rows, key=position_of, show=SuspectView.of)


@post(
    "/v1/people/suspects/{suspect_id:uuid}/decision",
    guards=[requires("people:write")],
    status_code=201,
    responses=REPEATED,
)
async def post_decision(
    suspect_id: FromPath[UUID],
    data: JSONBody[DecisionRow],
    request: WireRequest,
    registration: Service,
) -> Response[DecisionReceipt]:
    """Decide that two people are one or two 处理疑似重复; kept with who and why. A repetition answers 200."""
    decision, is_new = await decide_suspect(
        registration.database,
        registration.keeping,
        suspect_id,
        data.order(request.user.id),
        bounds=request.user.bounds(),
        now=registration.clock.now(),
    )
    return _answer(registration, decision, is_new)


@post("/v1/people/merges", guards=[requires("people:write")], status_code=201, responses=REPEATED)
async def post_merge(
    data: JSONBody[MergeRow], request: WireRequest, registration: Service
) -> Response[DecisionReceipt]:
    """Merge two people whom nobody suspected 合并人员. A repetition answers 200; a circle is refused."""
    if data.one == data.other:
        problem = FieldProblem("other", "must be another person")
        raise InvalidInput("Nobody is merged into themselves.", problems=[problem])
    decision, is_new = await decide_pair(
        registration.database,
        registration.keeping,
        SuspectPair.of(data.one, data.other),
        data.order(request.user.id),
        bounds=request.user.bounds(),
        now=registration.clock.now(),
    )
    return _answer(registration, decision, is_new)


@post(
    "/v1/people/merges/{decision_id:uuid}/undo",
    guards=[requires("people:write")],
    status_code=201,
    responses=REPEATED,
)
async def post_undo(
    decision_id: FromPath[UUID],
    data: JSONBody[UndoRow],
    request: WireRequest,
    registration: Service,
) -> Response[DecisionReceipt]:
    """Undo a merge 撤销合并: both are people of their own again. A repetition answers 200."""
    decision, is_new = await undo_merge(
        registration.database,
        registration.keeping.law,
        decision_id,
        data.reason,
        bounds=request.user.bounds(),
        decided_by=request.user.id,
        now=registration.clock.now(),
    )
    return _answer(registration, decision, is_new)


def _answer(registration: Registration, decision: Decision, is_new: bool) -> Response[DecisionReceipt]:
    registration.wake()
    verdict = Verdict.STORED if is_new else Verdict.DUPLICATE
    receipt = DecisionReceipt.after(decision, verdict)
    return Response(receipt, status_code=201 if is_new else 200)


ROUTES = [get_suspects, post_decision, post_merge, post_undo]
