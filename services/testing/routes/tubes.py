"""HTTP door of tubes: parse, act, answer."""

from datetime import datetime
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from services.testing.actions.tubes.read_tubes import list_tubes, read_tube
from services.testing.actions.tubes.receive_tubes import receive_tubes
from services.testing.routes.lists import Service
from services.testing.rules.tubes.tube import problems_of
from services.testing.storage.tubes import TubeRow
from services.testing.wire.results import Code
from services.testing.wire.tubes import TubeBody, TubeBrief, TubeReceipt, TubeRowReceipt, TubeView
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import Conflict, InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

TUBES_AT_ONCE = 1_000
ADVICE = f"Send at most {TUBES_AT_ONCE:,} tubes at a time; the same one may be sent again with more members."

POSITION = tuple[datetime, UUID]
"""The sort values of the list: when it was opened, and which."""


@post(
    "/v1/tubes",
    guards=[requires("tubes:write")],
    status_code=201,
    responses={200: ResponseSpec(TubeReceipt, description="A repetition of what is on record already.")},
)
async def post_tube(
    data: JSONBody[TubeBody], request: WireRequest, testing: Service
) -> Response[TubeReceipt]:
    """Open a tube with its members, or add members 采样. A repetition answers 200 with `duplicate`."""
    now, user = testing.clock.now(), request.user
    told = data.told(now=now, received_from=user.id)
    user.must_reach(told.head.division)
    if problems := problems_of(told, testing.registers, user.reaches, now):
        raise InvalidInput("The tube has fields that are refused.", problems=problems)
    (verdict,) = await receive_tubes(
        testing.database, [told], registers=testing.registers, reaches=user.reaches, now=now
    )
    testing.wake()
    testing.metrics.tubes.labels(verdict.verdict).inc()
    if verdict.verdict is Verdict.REFUSED:
        raise Conflict("The tube contradicts what is on record.", problems=verdict.problems)
    receipt = TubeReceipt(
        tube_id=told.head.tube_id,
        verdict=verdict.verdict,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )
    return Response(receipt, status_code=201 if verdict.verdict is Verdict.STORED else 200)


@post(
    "/v1/tubes/batch",
    guards=[requires("tubes:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_tubes(request: WireRequest, testing: Service) -> BatchReceipt[TubeRowReceipt]:
    """Open up to 1,000 tubes with their members, or add members 批量上报采样, a JSON array or NDJSON.

    Each tube gets a verdict of its own and is stored whole or not at all; a sampling point that was offline
    sends its day late and, when in doubt, again.
    """
    media = require_media(request, JSON, NDJSON)
    now, user = testing.clock.now(), request.user
    rows = read_rows(await request.body(), media, TubeBody, limit=TUBES_AT_ONCE, advice=ADVICE)
    told = [read.row.told(now=now, received_from=user.id) for read in rows if read.row is not None]
    verdicts = await receive_tubes(
        testing.database, told, registers=testing.registers, reaches=user.reaches, now=now
    )
    testing.wake()
    receipt = BatchReceipt.of(
        [_receipt(read, row) for read, row in zip(rows, with_unread(rows, verdicts), strict=True)]
    )
    for verdict in Verdict:
        testing.metrics.tubes.labels(verdict).inc(getattr(receipt, verdict))
    return receipt


def _receipt(read: ReadRow[TubeBody], verdict: RowVerdict) -> TubeRowReceipt:
    return TubeRowReceipt(
        index=read.index,
        verdict=verdict.verdict,
        code=read.row.code if read.row else None,
        tube_id=verdict.id,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@get("/v1/tubes/{tube_id:uuid}", guards=[requires("tubes:read")])
async def get_tube(tube_id: FromPath[UUID], request: WireRequest, testing: Service) -> TubeView:
    """Return a tube with its members and its chain 采样管及流转: who had it, where and when."""
    return TubeView.of_report(await read_tube(testing.database, tube_id, request.user.bounds()))


@get("/v1/tubes", guards=[requires("tubes:read")])
async def get_tubes(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    code: FromQuery[Code | None] = None,
    is_open: FromQuery[bool | None] = None,
    flagged: FromQuery[bool] = False,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[TubeBrief]:
    """List the tubes of a subtree 采样管清单, the latest first; `code` finds those that had a code.

    `is_open` shows those with or without a result, `flagged` those about which something is odd.
    """
    place = place_in_list(request, cursor, limit, POSITION)
    rows = await list_tubes(
        testing.database,
        request.user.bounds_in(testing.divisions, division),
        code=code,
        is_open=is_open,
        flagged=flagged,
        before=place.after,
        most=place.rows_wanted,
    )

    def position(row: TubeRow) -> POSITION:
        return (row.head.opened_at, row.head.tube_id)

    return page_of(request, place, rows, key=position, show=TubeBrief.of)


ROUTES = [post_tube, post_tubes, get_tube, get_tubes]
