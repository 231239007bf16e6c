"""HTTP door of what laboratories result, and of what was noticed of them: parse, act, answer."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from services.testing.actions.laboratories.read_figures import (
    list_flagged,
    list_notices,
    list_unregistered,
    read_day,
    read_figures,
    read_hours,
)
from services.testing.routes.laboratories import storable
from services.testing.routes.lists import Service
from services.testing.storage.laboratory_figures import FlaggedResult, StoredNotice
from services.testing.wire.laboratory_figures import (
    DayOfLaboratoriesView,
    FiguresView,
    FlaggedResultView,
    HoursView,
    NoticeView,
    UnregisteredView,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.day_count import day_number, day_of, number_of
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

AT_AND_ID = tuple[datetime, UUID]
BEFORE_ALL = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
LONGEST_PERIOD_DAYS = 366
USUAL_PERIOD_DAYS = 28

First = Annotated[
    date | None,
    QueryParameter(name="first", description="The first day (Asia/Shanghai); without it, 28 days before."),
]
Last = Annotated[
    date | None, QueryParameter(name="last", description="The last day (Asia/Shanghai); without it, today.")
]
OfDay = Annotated[
    date | None, QueryParameter(name="day", description="A day in Asia/Shanghai; without it, today.")
]


@get("/v1/laboratories/{code:str}/figures", guards=[requires("laboratories:read")])
async def get_figures(
    code: FromPath[str], request: WireRequest, testing: Service, first: First = None, last: Last = None
) -> FiguresView:
    """Return what a laboratory resulted day by day 检测量、阳性率、无效率, and how long each stage took."""
    last = last or day_of(testing.clock.now())
    first = first or day_number(last, 1 - USUAL_PERIOD_DAYS)
    length = number_of(first, last) + 1
    if not 1 <= length <= LONGEST_PERIOD_DAYS:
        problem = FieldProblem("first", f"lies not within {LONGEST_PERIOD_DAYS} days up to last")
        raise InvalidInput("The period is refused.", problems=[problem])
    figures = await read_figures(testing.database, storable(code), request.user.bounds(), first, last)
    return FiguresView.of(code, figures)


@get("/v1/laboratories/{code:str}/hours", guards=[requires("laboratories:read")])
async def get_hours(
    code: FromPath[str], request: WireRequest, testing: Service, day: OfDay = None
) -> HoursView:
    """Return what a laboratory resulted on a day, hour by hour 逐小时检测量."""
    day = day or day_of(testing.clock.now())
    hours = await read_hours(testing.database, storable(code), request.user.bounds(), day)
    return HoursView.of(code, day, hours)


@get("/v1/laboratory-days", guards=[requires("laboratories:read")])
async def get_day(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    day: OfDay = None,
) -> DayOfLaboratoriesView:
    """Return a day of all laboratories of a subtree 各机构当日时效: counts, rates, p50 and p95 by stage."""
    day = day or day_of(testing.clock.now())
    bounds = request.user.bounds_in(testing.divisions, division)
    figures = dict(await read_day(testing.database, bounds, day))
    names = {code: testing.institutions.name_of(code) for code in figures}
    return DayOfLaboratoriesView.of(division or request.user.division, day, figures, names)


@get("/v1/flagged-results", guards=[requires("laboratories:read")])
async def get_flagged(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    laboratory: FromQuery[str | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[FlaggedResultView]:
    """List the results of a subtree that were obtained while their laboratory was suspended 存疑结果."""
    place = place_in_list(request, cursor, limit, AT_AND_ID)
    rows = await list_flagged(
        testing.database,
        None if laboratory is None else storable(laboratory),
        request.user.bounds_in(testing.divisions, division),
        place.after or BEFORE_ALL,
        place.rows_wanted,
    )

    def position(row: FlaggedResult) -> AT_AND_ID:
        return (row.received_at, row.sample_id)

    return page_of(request, place, rows, key=position, show=FlaggedResultView.of)


@get("/v1/laboratory-notices", guards=[requires("laboratories:read")])
async def get_notices(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    open: FromQuery[bool | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[NoticeView]:
    """List what was noticed of a subtree's laboratories 异常提示: drift, slowness, silence."""
    place = place_in_list(request, cursor, limit, AT_AND_ID)
    rows = await list_notices(
        testing.database,
        request.user.bounds_in(testing.divisions, division),
        place.after or BEFORE_ALL,
        place.rows_wanted,
        open,
    )

    def position(row: StoredNotice) -> AT_AND_ID:
        return (row.noticed_at, row.notice.id)

    return page_of(request, place, rows, key=position, show=NoticeView.of)


@get("/v1/unregistered-laboratories", guards=[requires("laboratories:read")])
async def get_unregistered(
    request: WireRequest, testing: Service, division: FromQuery[DivisionCode | None] = None
) -> UnregisteredView:
    """List the institutions of a subtree that send results and are not registered 未登记机构."""
    low, high = request.user.bounds_in(testing.divisions, division)
    codes = await list_unregistered(testing.database)
    return UnregisteredView(
        codes=[
            code
            for code in codes
            if code in testing.institutions and low <= testing.institutions.get(code).division < high
        ]
    )


ROUTES = [get_figures, get_hours, get_day, get_flagged, get_notices, get_unregistered]
