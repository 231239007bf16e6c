"""HTTP door of key places."""

from typing import Annotated

from litestar import Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.places.check_entry import check_entry
from services.registration.actions.places.close_place import close_place
from services.registration.actions.places.read_places import list_places, read_place
from services.registration.actions.places.receive_places import receive_places
from services.registration.actions.places.register_places import register_places
from services.registration.actions.places.report_abnormality import report_abnormality
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.places.place import problems_of
from services.registration.wire.places import (
    AbnormalityFields,
    AbnormalityView,
    ClosureOrderFields,
    ClosureView,
    EntryCheckFields,
    EntryView,
    PlaceFields,
    PlaceHistory,
    PlaceKinds,
    PlaceKindView,
    PlaceReceipt,
    PlaceRow,
    PlaceRowReceipt,
    PlaceView,
)
from services.registration.wire.tellings import refuse_ahead
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, Forbidden, InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

LEDGER = "places"

OfKind = Annotated[
    str | None, QueryParameter(name="kind", max_length=64, description="Only places of this kind.")
]
IsClosed = Annotated[
    bool | None,
    QueryParameter(name="closed", description="Only places under closed management, or only others."),
]


@get("/v1/place-kinds", guards=[requires("places:read")])
async def get_place_kinds(registration: Service) -> PlaceKinds:
    """List the kinds of key places 场所类别 with the checklist of each."""
    law = registration.places_law
    return PlaceKinds(items=[PlaceKindView.of(kind, law) for kind in law.places.kinds])


@put(
    "/v1/places/{code:str}",
    guards=[requires("places:write")],
    responses={201: ResponseSpec(PlaceReceipt, description="The place is new in the register.")},
)
async def put_place(
    code: FromPath[str], data: JSONBody[PlaceFields], request: WireRequest, registration: Service
) -> Response[PlaceReceipt]:
    """Put a key place 重点场所 into the register, or change what stands there."""
    wanted = data.registration(code, registration.sealer)
    if problems := problems_of(wanted.stated, registration.places_law.places, registration.divisions):
        raise InvalidInput("The place has fields that are refused.", problems=problems)
    request.user.must_reach(data.division)
    ((verdict, is_new),) = await register_places(
        registration.database, [wanted], reaches=request.user.reaches, now=registration.clock.now()
    )
    if verdict.verdict is Verdict.REFUSED:
        raise Forbidden("The code belongs to a place outside your subtree.")
    registration.metrics.statements.labels(LEDGER, verdict.verdict).inc()
    receipt = PlaceReceipt(place_id=wanted.stated.id, code=code, verdict=verdict.verdict)
    return Response(receipt, status_code=201 if is_new else 200)


@post(
    "/v1/places/batch",
    guards=[requires("places:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_places(request: WireRequest, registration: Service) -> BatchReceipt[PlaceRowReceipt]:
    """Put up to 10,000 places into the register 场所批量登记, a JSON array or NDJSON; a verdict for each."""
    media = require_media(request, JSON, NDJSON)
    rows = read_rows(await request.body(), media, PlaceRow)
    verdicts = await receive_places(
        registration.database,
        [read.row.row(registration.sealer) for read in rows if read.row is not None],
        registration.places_law.places,
        divisions=registration.divisions,
        reaches=request.user.reaches,
        now=registration.clock.now(),
    )
    receipt = BatchReceipt.of(
        [_receipt(read, row) for read, row in zip(rows, with_unread(rows, verdicts), strict=True)]
    )
    for verdict in Verdict:
        registration.metrics.statements.labels(LEDGER, verdict).inc(getattr(receipt, verdict))
    return receipt


def _receipt(read: ReadRow[PlaceRow], verdict: RowVerdict) -> PlaceRowReceipt:
    return PlaceRowReceipt(
        index=read.index,
        verdict=verdict.verdict,
        code=read.row.code if read.row else None,
        place_id=verdict.id,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@get("/v1/places/{code:str}", guards=[requires("places:read")])
async def get_place(code: FromPath[str], request: WireRequest, registration: Service) -> PlaceHistory:
    """Return a key place 场所详情 with the orders to close it and the newest of what it reported."""
    stored, orders, abnormalities = await read_place(registration.database, code, request.user.bounds())
    return PlaceHistory.whole(stored, orders, abnormalities, registration.sealer)


@get("/v1/places", guards=[requires("places:read")])
async def get_places(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    of_kind: OfKind = None,
    is_closed: IsClosed = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[PlaceView]:
    """List key places 场所台账 of a subtree, of one kind or all, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_places(registration.database, window, kind=of_kind, is_closed=is_closed)
    sealer = registration.sealer
    return page_of(request, place, rows, key=position_of, show=lambda one: PlaceView.of(one, sealer))


@post(
    "/v1/places/{code:str}/closed-management",
    guards=[requires("places:write")],
    status_code=201,
    responses={200: ResponseSpec(ClosureView, description="It was told before.")},
)
async def post_closed_management(
    code: FromPath[str], data: JSONBody[ClosureOrderFields], request: WireRequest, registration: Service
) -> Response[ClosureView]:
    """Order closed management 封闭管理 of a place, or its end, with the reason. A repetition answers 200."""
    now = registration.clock.now()
    refuse_ahead(data, now)
    closure, verdict = await close_place(
        registration.database,
        code,
        closed=data.closed,
        reason=data.reason,
        told=data.telling(now=now, received_from=request.user.id),
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    view = ClosureView(
        code=code,
        verdict=verdict,
        closed_since=closure and closure.since,
        closed_reason=closure and closure.reason,
    )
    return Response(view, status_code=201 if verdict is Verdict.STORED else 200)


@post(
    "/v1/places/{code:str}/abnormalities",
    guards=[requires("places:write")],
    status_code=201,
    responses={200: ResponseSpec(AbnormalityView, description="It was told before.")},
)
async def post_abnormality(
    code: FromPath[str], data: JSONBody[AbnormalityFields], request: WireRequest, registration: Service
) -> Response[AbnormalityView]:
    """Report something abnormal at a place 异常情况报告; it goes out at once. A repetition answers 200."""
    now = registration.clock.now()
    refuse_ahead(data, now)
    kinds = [kind.id for kind in registration.places_law.places.abnormal.kinds]
    if data.kind not in kinds:
        problem = FieldProblem("kind", f"is none of {', '.join(kinds)}")
        raise InvalidInput("The report has fields that are refused.", problems=[problem])
    abnormality, verdict = await report_abnormality(
        registration.database,
        code,
        kind=data.kind,
        note=data.note,
        told=data.telling(now=now, received_from=request.user.id),
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    return Response(AbnormalityView.of(abnormality), status_code=201 if verdict is Verdict.STORED else 200)


@post(
    "/v1/places/{code:str}/entry-checks",
    guards=[requires("places:write")],
    status_code=201,
    responses={200: ResponseSpec(EntryView, description="It was told before.")},
)
async def post_entry_check(
    code: FromPath[str], data: JSONBody[EntryCheckFields], request: WireRequest, registration: Service
) -> Response[EntryView]:
    """Ask whether somebody may enter 入口核验, by temperature and symptoms; nothing names them."""
    now = registration.clock.now()
    refuse_ahead(data, now)
    law = registration.places_law
    check, refusals, is_new = await check_entry(
        registration.database,
        code,
        law.places,
        lambda place_id: data.check(place_id, now=now, received_from=request.user.id),
        bounds=request.user.bounds(),
        now=now,
    )
    return Response(EntryView.of(check, refusals, law), status_code=201 if is_new else 200)


ROUTES = [
    get_place_kinds,
    put_place,
    post_places,
    get_place,
    get_places,
    post_closed_management,
    post_abnormality,
    post_entry_check,
]
