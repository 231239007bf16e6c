"""HTTP door of due lists and of tests that are ordered by name."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from services.testing.actions.due.order_tests import drop_test, order_tests
from services.testing.actions.due.read_due_lists import list_due, read_due_test, summarise_due
from services.testing.exporting import as_ndjson, as_workbook
from services.testing.routes.lists import POSITION, Service, position_of, window_of
from services.testing.wire.due_tests import (
    DropBody,
    DropReceipt,
    DueSummary,
    DueTestView,
    OrderRow,
    OrderRowReceipt,
)
from services.testing.wire.sampling_points import code_in_path
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.day_count import day_of
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, with_unread
from shared.workbooks import XLSX
from shared.workbooks.exporting import FilesOperation, Form, InForm, workbook_answer

OnDay = Annotated[
    date | None, QueryParameter(name="day", description="A day in Asia/Shanghai; without it, today.")
]
AtPoint = Annotated[
    str | None, QueryParameter(name="point", max_length=64, description="Only of this sampling point.")
]


@get("/v1/due-lists", guards=[requires("due:read")])
async def get_due_list(
    request: WireRequest,
    testing: Service,
    on_day: OnDay = None,
    at_point: AtPoint = None,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[DueTestView]:
    """List what is due on a day 当日应检名单, of one sampling point or of a subtree, by division."""
    today = day_of(testing.clock.now())
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(testing, request.user, division, place)
    point = code_in_path(at_point) if at_point is not None else None
    rows = await list_due(testing.database, window, on_day or today, point)
    return page_of(request, place, rows, key=position_of, show=lambda line: DueTestView.of(line, today))


@get("/v1/due-lists/summary", guards=[requires("due:read")])
async def get_due_summary(
    request: WireRequest,
    testing: Service,
    on_day: OnDay = None,
    division: FromQuery[DivisionCode | None] = None,
) -> DueSummary:
    """Return how long each sampling point's list of a day is 各采样点应检数, by category."""
    day = on_day or day_of(testing.clock.now())
    bounds = request.user.bounds_in(testing.divisions, division)
    return DueSummary.of(day, await summarise_due(testing.database, bounds, day))


@get(
    "/v1/due-lists/export",
    guards=[requires("due:read")],
    media_type=XLSX,
    operation_class=FilesOperation,
)
async def export_due_list(
    request: WireRequest,
    testing: Service,
    on_day: OnDay = None,
    at_point: AtPoint = None,
    division: FromQuery[DivisionCode | None] = None,
    in_form: InForm = Form.XLSX,
) -> Stream:
    """Return a whole list as a file 应检名单导出: a sampling point takes its day along."""
    day = on_day or day_of(testing.clock.now())
    bounds = request.user.bounds_in(testing.divisions, division)
    point = code_in_path(at_point) if at_point is not None else None
    if in_form is Form.NDJSON:
        return Stream(as_ndjson(testing, bounds, day, point), media_type=NDJSON)
    name = f"due-{point or 'list'}-{day.isoformat()}"
    return workbook_answer(await as_workbook(testing, bounds, day, point), name)


@get("/v1/due-tests/{due_id:uuid}", guards=[requires("due:read")])
async def get_due_test(due_id: FromPath[UUID], request: WireRequest, testing: Service) -> DueTestView:
    """Return a due test."""
    found = await read_due_test(testing.database, due_id, request.user.bounds())
    return DueTestView.of(found, day_of(testing.clock.now()))


@post(
    "/v1/due-tests/batch",
    guards=[requires("due:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_orders(request: WireRequest, testing: Service) -> BatchReceipt[OrderRowReceipt]:
    """Order tests of up to 10,000 people 指定应检, a JSON array or NDJSON; a verdict for each."""
    media = require_media(request, JSON, NDJSON)
    rows = read_rows(await request.body(), media, OrderRow)
    verdicts = await order_tests(
        testing.database,
        [read.row.ordered() for read in rows if read.row is not None],
        testing.due_law,
        divisions=testing.divisions,
        reaches=request.user.reaches,
        now=testing.clock.now(),
    )
    testing.wake()
    return BatchReceipt.of(
        [_receipt(read, row) for read, row in zip(rows, with_unread(rows, verdicts), strict=True)]
    )


def _receipt(read: ReadRow[OrderRow], verdict: RowVerdict) -> OrderRowReceipt:
    return OrderRowReceipt(
        index=read.index,
        verdict=verdict.verdict,
        due_id=verdict.id,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@post("/v1/due-tests/{due_id:uuid}/drop", guards=[requires("due:write")], status_code=200)
async def post_drop(
    due_id: FromPath[UUID], data: JSONBody[DropBody], request: WireRequest, testing: Service
) -> DropReceipt:
    """Take a due test back 撤销应检; whoever asked for it may ask again."""
    now = testing.clock.now()
    dropped_at = await drop_test(
        testing.database,
        due_id,
        request.user.bounds(),
        reason=data.reason,
        received_from=request.user.id,
        now=now,
    )
    testing.wake()
    return DropReceipt(due_id=due_id, dropped_at=dropped_at)


ROUTES = [
    get_due_list,
    get_due_summary,
    export_due_list,
    get_due_test,
    post_orders,
    post_drop,
]
