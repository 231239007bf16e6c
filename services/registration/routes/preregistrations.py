"""HTTP door of announced returns."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.people.read_preregistrations import (
    list_preregistrations,
    read_preregistration,
)
from services.registration.actions.people.record_preregistrations import (
    Registers,
    announcement_problems,
    receive_preregistrations,
    record_preregistrations,
)
from services.registration.ledger import Recorded
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.day_count import day_of
from services.registration.rules.people.preregistration import Preregistration, PreregistrationState
from services.registration.service import Registration
from services.registration.wire.preregistrations import (
    PreregistrationHistory,
    PreregistrationReceipt,
    PreregistrationRow,
    PreregistrationRowReceipt,
    PreregistrationView,
)
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

LEDGER = "preregistrations"

InState = Annotated[
    PreregistrationState | None,
    QueryParameter(name="state", description="Only expected, arrived, cancelled or overdue ones."),
]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""


def _registers(registration: Registration) -> Registers:
    return Registers(registration.divisions, registration.areas, registration.keeping.occupations)


@post(
    "/v1/preregistrations",
    guards=[requires("people:write")],
    status_code=201,
    responses={
        200: ResponseSpec(PreregistrationReceipt, description="A repetition of what is on record already.")
    },
)
async def post_preregistration(
    data: JSONBody[PreregistrationRow], request: WireRequest, registration: Service
) -> Response[PreregistrationReceipt]:
    """Announce a return 返乡预登记; what is entered last holds. A repetition answers 200."""
    now = registration.clock.now()
    said = data.announcement(now=now, received_from=request.user.id)
    if problems := announcement_problems(said, _registers(registration), now):
        raise InvalidInput("The preregistration has fields that are refused.", problems=problems)
    request.user.must_reach(data.division)
    (recorded,) = await record_preregistrations(registration.database, registration.sealer, [said], now=now)
    registration.wake()
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    read, _ = await read_preregistration(
        registration.database, registration.sealer, recorded.held.id, request.user.bounds()
    )
    receipt = PreregistrationReceipt.after(read, recorded.verdict, day_of(now))
    return Response(receipt, status_code=201 if recorded.verdict is Verdict.STORED else 200)


@post(
    "/v1/preregistrations/batch",
    guards=[requires("people:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_preregistrations(
    request: WireRequest, registration: Service
) -> BatchReceipt[PreregistrationRowReceipt]:
    """Announce up to 10,000 returns 批量预登记, a JSON array or NDJSON; each row gets its own verdict."""
    media = require_media(request, JSON, NDJSON)
    now = registration.clock.now()
    rows = read_rows(await request.body(), media, PreregistrationRow)
    received = await receive_preregistrations(
        registration.database,
        registration.sealer,
        [one.row.announcement(now=now, received_from=request.user.id) for one in rows if one.row is not None],
        _registers(registration),
        reaches=request.user.reaches,
        now=now,
    )
    registration.wake()
    held = {one.held.id: one for _, one in received if one is not None}
    verdicts = with_unread(rows, [verdict for verdict, _ in received])
    receipt = BatchReceipt.of([_receipt(read, row, held) for read, row in zip(rows, verdicts, strict=True)])
    for verdict in Verdict:
        registration.metrics.statements.labels(LEDGER, verdict).inc(getattr(receipt, verdict))
    return receipt


def _receipt(
    read: ReadRow[PreregistrationRow], verdict: RowVerdict, held: dict[UUID, Recorded[Preregistration]]
) -> PreregistrationRowReceipt:
    return PreregistrationRowReceipt(
        index=read.index,
        verdict=verdict.verdict,
        reference=read.row.reference if read.row else None,
        preregistration_id=verdict.id,
        person_id=None if verdict.id is None else held[verdict.id].held.person_id,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@get("/v1/preregistrations/{preregistration_id:uuid}", guards=[requires("people:read")])
async def get_preregistration(
    preregistration_id: FromPath[UUID], request: WireRequest, registration: Service
) -> PreregistrationHistory:
    """Return an announced return with everything that was said of it 预登记情况."""
    read, said = await read_preregistration(
        registration.database, registration.sealer, preregistration_id, request.user.bounds()
    )
    return PreregistrationHistory.with_statements(read, said, day_of(registration.clock.now()))


@get("/v1/preregistrations", guards=[requires("people:read")])
async def get_preregistrations(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[PreregistrationView]:
    """List announced returns 拟返乡人员台账 of a subtree, all or those of one state, by division."""
    today = day_of(registration.clock.now())
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_preregistrations(registration.database, registration.sealer, window, in_state, today)
    return page_of(
        request, place, rows, key=position_of, show=lambda read: PreregistrationView.of(read, today)
    )


ROUTES = [post_preregistration, post_preregistrations, get_preregistration, get_preregistrations]
