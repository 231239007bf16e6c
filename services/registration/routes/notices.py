"""HTTP door of notices from other provinces."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.movement.follow_match import follow_match
from services.registration.actions.movement.read_notices import (
    list_matches,
    list_notices,
    read_match,
    read_notice,
)
from services.registration.actions.movement.record_notice import add_entries, record_notice
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.movement.assistance_notice import problems_of
from services.registration.rules.movement.match_progress import MatchState
from services.registration.wire.notices import (
    EntryFields,
    EntryRowReceipt,
    MatchHistory,
    MatchReceipt,
    MatchStepFields,
    MatchView,
    NoticeFields,
    NoticeReceipt,
    NoticeView,
)
from services.registration.wire.tellings import refuse_ahead
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, Verdict, with_unread

LEDGER = "assistance-notices"

InState = Annotated[
    MatchState | None, QueryParameter(name="state", description="Only matches of this state.")
]
GoingOn = Annotated[
    bool | None, QueryParameter(name="going_on", description="Only what is not at its end, or only else.")
]


@post(
    "/v1/assistance-notices",
    guards=[requires("notices:write")],
    status_code=201,
    responses={200: ResponseSpec(NoticeReceipt, description="A repetition of what is on record already.")},
)
async def post_notice(
    data: JSONBody[NoticeFields], request: WireRequest, registration: Service
) -> Response[NoticeReceipt]:
    """Take a notice from another province 外省市协查 and compare it with all ledgers at once."""
    now = registration.clock.now()
    statement = data.statement(now=now, received_from=request.user.id)
    if problems := problems_of(statement, now):
        raise InvalidInput("The notice has fields that are refused.", problems=problems)
    registration.divisions.get(data.division)
    request.user.must_reach(data.division)
    taken = await record_notice(
        registration.database, registration.sealer, statement, registration.places_law.notices, now=now
    )
    registration.wake()
    registration.metrics.statements.labels(LEDGER, taken.verdict).inc()
    receipt = NoticeReceipt(notice_id=taken.notice_id, verdict=taken.verdict, new_entries=taken.new_entries)
    return Response(receipt, status_code=201 if taken.verdict is Verdict.STORED else 200)


@post(
    "/v1/assistance-notices/{notice_id:uuid}/entries/batch",
    guards=[requires("notices:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_entries(
    notice_id: FromPath[UUID], request: WireRequest, registration: Service
) -> BatchReceipt[EntryRowReceipt]:
    """Add up to 10,000 entries to a notice 追加协查对象, a JSON array or NDJSON; a verdict for each."""
    media = require_media(request, JSON, NDJSON)
    rows = read_rows(await request.body(), media, EntryFields)
    verdicts = await add_entries(
        registration.database,
        registration.sealer,
        notice_id,
        [read.row.entry() for read in rows if read.row is not None],
        registration.places_law.notices,
        bounds=request.user.bounds(),
        now=registration.clock.now(),
    )
    registration.wake()
    return BatchReceipt.of(
        [
            EntryRowReceipt(
                index=read.index,
                verdict=verdict.verdict,
                entry_id=verdict.id,
                problems=[Problem.of(problem) for problem in verdict.problems],
            )
            for read, verdict in zip(rows, with_unread(rows, verdicts), strict=True)
        ]
    )


@get("/v1/assistance-notices/{notice_id:uuid}", guards=[requires("notices:read")])
async def get_notice(notice_id: FromPath[UUID], request: WireRequest, registration: Service) -> NoticeView:
    """Return a notice 协查函 with how much it names."""
    return NoticeView.of(await read_notice(registration.database, notice_id, request.user.bounds()))


@get("/v1/assistance-notices", guards=[requires("notices:read")])
async def get_notices(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[NoticeView]:
    """List the notices 协查函台账 that a subtree received, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_notices(registration.database, window)
    return page_of(request, place, rows, key=position_of, show=NoticeView.of)


@post(
    "/v1/notice-matches/{match_id:uuid}/steps",
    guards=[requires("notices:write")],
    status_code=201,
    responses={200: ResponseSpec(MatchReceipt, description="A repetition of what is on record already.")},
)
async def post_match_step(
    match_id: FromPath[UUID], data: JSONBody[MatchStepFields], request: WireRequest, registration: Service
) -> Response[MatchReceipt]:
    """Follow a match 协查闭环: found, contacted, managed; or it is another, with the reason."""
    now = registration.clock.now()
    refuse_ahead(data, now)
    match, verdict = await follow_match(
        registration.database,
        match_id,
        data.taken(match_id, now=now, received_from=request.user.id),
        registration.places_law,
        registration.measures,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    receipt = MatchReceipt.after(match, verdict, registration.sealer, now)
    return Response(receipt, status_code=201 if verdict is Verdict.STORED else 200)


@get("/v1/notice-matches/{match_id:uuid}", guards=[requires("notices:read")])
async def get_match(match_id: FromPath[UUID], request: WireRequest, registration: Service) -> MatchHistory:
    """Return a match 协查比中 with every step about it; whom the notice names is masked."""
    match, steps = await read_match(registration.database, match_id, request.user.bounds())
    return MatchHistory.with_steps(match, steps, registration.sealer, registration.clock.now())


@get("/v1/notice-matches", guards=[requires("notices:read")])
async def get_matches(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    going_on: GoingOn = None,
    notice_id: FromQuery[UUID | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[MatchView]:
    """List what notices named and ledgers held 协查台账, with the age of each, by division."""
    now = registration.clock.now()
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_matches(
        registration.database, window, state=in_state, going_on=going_on, notice_id=notice_id
    )
    sealer = registration.sealer
    return page_of(request, place, rows, key=position_of, show=lambda match: MatchView.of(match, sealer, now))


ROUTES = [post_notice, post_entries, get_notice, get_notices, post_match_step, get_match, get_matches]
