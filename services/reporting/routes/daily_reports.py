"""HTTP door of daily reports: parse, act, answer."""

from collections.abc import Sequence
from datetime import date

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, JSONBody

from services.reporting.actions.file_daily_report import file_daily_report
from services.reporting.actions.list_daily_reports import list_daily_reports
from services.reporting.actions.list_missing_units import list_missing_units
from services.reporting.rules.daily_figures import DailyReport, problems_of_statement
from services.reporting.rules.entry import Verdict
from services.reporting.rules.reporting_day import refuse_day_not_begun
from services.reporting.service import Reporting
from services.reporting.wire.daily_reports import (
    DailyReceipt,
    DailyReportOrder,
    DailyReportView,
    LevelCountView,
    MissingUnit,
    MissingUnits,
    missing_units_view,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import Division, DivisionCode, Level
from shared.errors import InvalidInput
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

Service = NamedDependency[Reporting]


@post(
    "/v1/daily-reports",
    guards=[requires("daily-reports:write")],
    status_code=201,
    responses={200: ResponseSpec(DailyReceipt, description="A repetition of what is on record already.")},
)
async def post_daily_report(
    data: JSONBody[DailyReportOrder], request: WireRequest, reporting: Service
) -> Response[DailyReceipt]:
    """File a unit's report of a day 日报告/零报告.

    The first one stands, a later one is a correction, and the same one again answers 200.
    """
    now = reporting.clock.now()
    if problems := problems_of_statement(data.stated_figures(), data.zero):
        raise InvalidInput("Give figures, or zero: true, one of the two.", problems=problems)
    if data.recorded_at is not None:
        refuse_future("recorded_at", data.recorded_at, now)
    reporting.divisions.get(data.unit, "unit")
    request.user.must_reach(data.unit)
    filed = await file_daily_report(
        reporting.database,
        data.unit,
        data.day,
        data.facts(),
        ends=reporting.law.day_ends,
        recorded_at=data.recorded_at or now,
        received_from=request.user.id,
        now=now,
    )
    reporting.note_filing(filed)
    receipt = DailyReceipt.of(filed.verdict, filed.report, reporting.law.day_ends)
    return Response(receipt, status_code=200 if filed.verdict is Verdict.DUPLICATE else 201)


@get("/v1/daily-reports", guards=[requires("daily-reports:read")])
async def get_daily_reports(
    day: FromQuery[date],
    request: WireRequest,
    reporting: Service,
    division: FromQuery[str | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[DailyReportView]:
    """List what the subtree's units filed for a day 已报单位, with every correction, by code."""
    bounds = request.user.bounds_in(reporting.divisions, division)
    place = place_in_list(request, cursor, limit, tuple[DivisionCode])
    (after,) = place.after or ("",)
    filings = await list_daily_reports(reporting.database, day, bounds, after=after, most=place.rows_wanted)

    def key(filing: list[DailyReport]) -> tuple[str]:
        return (filing[0].unit,)

    ends = reporting.law.day_ends
    return page_of(request, place, filings, key=key, show=lambda filing: DailyReportView.of(filing, ends))


@get("/v1/daily-reports/missing", guards=[requires("daily-reports:read")])
async def get_missing_units(
    day: FromQuery[date],
    request: WireRequest,
    reporting: Service,
    division: FromQuery[str | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> MissingUnits:
    """List the subtree's units that filed nothing for a day 未报单位, and count them by level."""
    now, ends = reporting.clock.now(), reporting.law.day_ends
    refuse_day_not_begun(day, now, ends)
    bounds = request.user.bounds_in(reporting.divisions, division)
    units = _within(reporting.divisions.units(), bounds)
    missing = await list_missing_units(reporting.database, day, units, bounds)
    place = place_in_list(request, cursor, limit, tuple[DivisionCode])
    (after,) = place.after or ("",)
    rest = [unit for unit in missing.units if unit.code > after]

    def key(unit: Division) -> tuple[str]:
        return (unit.code,)

    def show(unit: Division) -> MissingUnit:
        return MissingUnit.of(unit, reporting.divisions.full_name(unit.code))

    counts: dict[Level, LevelCountView] = {
        level: LevelCountView.of(count) for level, count in missing.counts.items()
    }
    return missing_units_view(page_of(request, place, rest, key=key, show=show), day, now, ends, counts)


def _within(units: Sequence[Division], bounds: tuple[str, str]) -> list[Division]:
    low, high = bounds
    return [unit for unit in units if low <= unit.code < high]


ROUTES = [post_daily_report, get_daily_reports, get_missing_units]
