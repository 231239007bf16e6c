"""HTTP door of the register of sentinels, of how they report, and of their silences."""

from datetime import datetime, timedelta
from typing import Annotated

from litestar import Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import Field

from services.registration.actions.sentinels.read_sentinels import (
    Period,
    list_sentinels,
    list_silences,
    list_unregistered,
    rank_sentinels,
    read_record,
    read_sentinel,
)
from services.registration.actions.sentinels.register_sentinel import close_sentinel, register_sentinel
from services.registration.routes.lists import Service
from services.registration.rules.reference import refusal_of
from services.registration.rules.sentinels.sentinel import SentinelState, problems_of
from services.registration.sealed_in_charge import seal_in_charge
from services.registration.service import Registration
from services.registration.storage.sentinels import CodeWindow, OpenSilence, StoredSentinel, UnregisteredCode
from services.registration.wire.sentinels import (
    FaultyView,
    SentinelClosing,
    SentinelFields,
    SentinelRecordView,
    SentinelView,
    SilenceView,
    UnregisteredView,
)
from shared.access import Principal, requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput
from shared.instants import read_instant, refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, Place, page_of, place_in_list

CODE_POSITION = tuple[str, str]
"""The sort values of a list by division and code."""

FAULTS_POSITION = tuple[Annotated[int, Field(ge=-(2**62), le=0)], str]
"""The sort values of the worst-first list: the faults, below zero, and the code."""
FIRST_FAULTS = (-(2**62), "")
"""Before the worst."""

LONGEST_PERIOD = timedelta(days=366)
USUAL_PERIOD = timedelta(days=28)

InState = Annotated[
    SentinelState | None, QueryParameter(name="state", description="Only sentinels of this state.")
]
Since = Annotated[
    str | None,
    QueryParameter(name="since", max_length=64, description="RFC 3339; without it, 28 days before `until`."),
]
Until = Annotated[
    str | None, QueryParameter(name="until", max_length=64, description="RFC 3339; without it, now.")
]


@put(
    "/v1/sentinels/{code:str}",
    guards=[requires("symptoms:write")],
    status_code=200,
    responses={201: ResponseSpec(SentinelView, description="The sentinel is new.")},
)
async def put_sentinel(
    code: FromPath[str], data: JSONBody[SentinelFields], request: WireRequest, registration: Service
) -> Response[SentinelView]:
    """Register a sentinel 登记哨点 or change it; one that was closed is open again from now on.

    A new one answers 201. Who is in charge is sealed at rest and shown masked.
    """
    _check_code(code)
    if problems := problems_of(data.division, registration.divisions):
        raise InvalidInput("The sentinel has fields that are refused.", problems=problems)
    request.user.must_reach(data.division)
    stored, is_new = await register_sentinel(
        registration.database,
        data.sentinel(code, registration.clock.now()),
        seal_in_charge(registration.sealer, code, data.person_in_charge()),
        bounds=request.user.bounds(),
        received_from=request.user.id,
    )
    view = SentinelView.of(stored, registration.sealer)
    return Response(view, status_code=201 if is_new else 200)


def _check_code(code: str) -> None:
    reason = refusal_of(code)
    if reason is not None:
        raise InvalidInput("The code is refused.", problems=[FieldProblem("code", reason)])


@post("/v1/sentinels/{code:str}/close", guards=[requires("symptoms:write")], status_code=200)
async def post_closing(
    code: FromPath[str], data: JSONBody[SentinelClosing], request: WireRequest, registration: Service
) -> SentinelView:
    """Close a sentinel 哨点停业: its silence is not noticed any more; repeating it changes nothing."""
    now = registration.clock.now()
    closed_at = data.closed_at or now
    refuse_future("closed_at", closed_at, now)
    closed = await close_sentinel(
        registration.database,
        _storable(code),
        closed_at,
        bounds=request.user.bounds(),
        now=now,
        received_from=request.user.id,
    )
    return SentinelView.of(closed, registration.sealer)


@get("/v1/sentinels/{code:str}", guards=[requires("symptoms:read")])
async def get_sentinel(code: FromPath[str], request: WireRequest, registration: Service) -> SentinelView:
    """Return a sentinel 哨点 as it stands in the register."""
    stored = await read_sentinel(registration.database, _storable(code), request.user.bounds())
    return SentinelView.of(stored, registration.sealer)


@get("/v1/sentinels/{code:str}/record", guards=[requires("symptoms:read")])
async def get_record(
    code: FromPath[str],
    request: WireRequest,
    registration: Service,
    since: Since = None,
    until: Until = None,
) -> SentinelRecordView:
    """Return what counts for and against a sentinel 哨点履职记录: in time, late, missing; silences."""
    now = registration.clock.now()
    period = period_of(since, until, now)
    record = await read_record(registration.database, _storable(code), request.user.bounds(), period, now=now)
    return SentinelRecordView.of(record, period)


@get("/v1/sentinels", guards=[requires("symptoms:read")])
async def get_sentinels(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[SentinelView]:
    """List the sentinels of a subtree 哨点名单, open or closed or all, by division and code."""
    place = place_in_list(request, cursor, limit, CODE_POSITION)
    window = _window(registration, request.user, division, place)
    is_open = None if in_state is None else in_state is SentinelState.OPEN
    rows = await list_sentinels(registration.database, window, is_open)

    def position(row: StoredSentinel) -> CODE_POSITION:
        return (row.sentinel.division, row.sentinel.code)

    return page_of(
        request, place, rows, key=position, show=lambda row: SentinelView.of(row, registration.sealer)
    )


@get("/v1/sentinels/unregistered", guards=[requires("symptoms:read")])
async def get_unregistered(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[UnregisteredView]:
    """List the codes that reports name and no sentinel of their township carries 未登记哨点."""
    place = place_in_list(request, cursor, limit, CODE_POSITION)
    window = _window(registration, request.user, division, place)
    rows = await list_unregistered(registration.database, window)

    def position(row: UnregisteredCode) -> CODE_POSITION:
        return (row.division, row.code)

    return page_of(request, place, rows, key=position, show=UnregisteredView.of)


@get("/v1/sentinels/faults", guards=[requires("symptoms:read")])
async def get_faults(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    since: Since = None,
    until: Until = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[FaultyView]:
    """List the sentinels that were late or owe reports 迟报、漏报哨点 of a period, the worst first.

    The pages of one list should name `until`: without it each page looks from its own present.
    """
    now = registration.clock.now()
    place = place_in_list(request, cursor, limit, FAULTS_POSITION)
    bounds = request.user.bounds_in(registration.divisions, division)
    rows = await rank_sentinels(
        registration.database,
        bounds,
        period_of(since, until, now),
        place.after or FIRST_FAULTS,
        place.rows_wanted,
        now=now,
    )
    return page_of(
        request,
        place,
        rows,
        key=lambda row: (-row[1].faults, row[0].sentinel.code),
        show=FaultyView.of,
    )


@get("/v1/sentinels/silent", guards=[requires("symptoms:read")])
async def get_silent(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[SilenceView]:
    """List the sentinels that usually report and are silent 静默哨点; each is told as an event as well."""
    place = place_in_list(request, cursor, limit, CODE_POSITION)
    window = _window(registration, request.user, division, place)
    rows = await list_silences(registration.database, window)

    def position(row: OpenSilence) -> CODE_POSITION:
        return (row.division, row.code)

    return page_of(request, place, rows, key=position, show=SilenceView.of)


def _window(
    registration: Registration, principal: Principal, division: str | None, place: Place[CODE_POSITION]
) -> CodeWindow:
    bounds = principal.bounds_in(registration.divisions, division)
    return CodeWindow(bounds, place.rows_wanted, place.after or ("", ""))


def _storable(code: str) -> str:
    """Return a code as it may be looked up: nothing with U+0000 in it is on record."""
    return code.replace("\0", "/")


def period_of(since: str | None, until: str | None, now: datetime) -> Period:
    """Return the period that was asked for; raises InvalidInput when it is none, or longer than a year."""
    end = read_instant("until", until) if until else now
    if since is not None:
        begin = read_instant("since", since)
    else:
        begin = end - min(USUAL_PERIOD, end - datetime.min.replace(tzinfo=end.tzinfo))
    if begin >= end:
        raise InvalidInput("The period is empty.", problems=[FieldProblem("since", "lies not before until")])
    if end - begin > LONGEST_PERIOD:
        problem = FieldProblem("since", f"lies more than {LONGEST_PERIOD.days} days before until")
        raise InvalidInput("The period is too long.", problems=[problem])
    return begin, end


ROUTES = [
    put_sentinel,
    post_closing,
    get_sentinel,
    get_record,
    get_sentinels,
    get_unregistered,
    get_faults,
    get_silent,
]
