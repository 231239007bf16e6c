"""HTTP door of health reports and of the days without one."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.care.read_grid import find_staff
from services.registration.actions.care.read_health import list_missed, list_reports, reports_of_person
from services.registration.actions.care.record_health_reports import JudgedReport, record_health_reports
from services.registration.actions.care.settle_missed_days import follow_up_missed_day
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.care.health_day import follow_up_problems
from services.registration.rules.day_count import day_of
from services.registration.wire.health_reports import (
    HealthReportReceipt,
    HealthReportView,
    HealthRow,
    HealthRowReceipt,
    MissedDayReceipt,
    MissedDayRow,
    MissedDayView,
)
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, Verdict

LEDGER = "health-reports"

OfDay = Annotated[
    date | None, QueryParameter(description="The day in Asia/Shanghai; today when it is left out.")
]
OfResponsible = Annotated[
    str | None,
    QueryParameter(max_length=64, description="Only people for whom this responsible person answers."),
]
OfPlace = Annotated[
    str | None,
    QueryParameter(name="place", max_length=64, description="Only people of the key place with this code."),
]


@post(
    "/v1/health-reports",
    guards=[requires("health:write")],
    status_code=201,
    responses={
        200: ResponseSpec(HealthReportReceipt, description="A repetition of what is on record already.")
    },
)
async def post_health_report(
    data: JSONBody[HealthRow], request: WireRequest, registration: Service
) -> Response[HealthReportReceipt]:
    """Report somebody's temperature and symptoms 健康日报; a fever or a listed symptom is flagged at once."""
    now = registration.clock.now()
    (judged,) = await record_health_reports(
        registration.database,
        registration.care_law.health_reports,
        [data.statement(now=now, received_from=request.user.id)],
        reaches=request.user.reaches,
        now=now,
    )
    if judged.verdict is Verdict.REFUSED:
        raise InvalidInput("The report has fields that are refused.", problems=judged.problems)
    registration.wake()
    registration.metrics.statements.labels(LEDGER, judged.verdict).inc()
    receipt = HealthReportReceipt.after(judged)
    return Response(receipt, status_code=201 if judged.verdict is Verdict.STORED else 200)


@post(
    "/v1/health-reports/batch",
    guards=[requires("health:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_health_reports(request: WireRequest, registration: Service) -> BatchReceipt[HealthRowReceipt]:
    """Report on up to 10,000 people 批量上报健康日报; each row gets a verdict of its own."""
    media = require_media(request, JSON, NDJSON)
    now = registration.clock.now()
    rows = read_rows(await request.body(), media, HealthRow)
    judged = await record_health_reports(
        registration.database,
        registration.care_law.health_reports,
        [read.row.statement(now=now, received_from=request.user.id) for read in rows if read.row is not None],
        reaches=request.user.reaches,
        now=now,
    )
    registration.wake()
    stored = iter(judged)
    receipt = BatchReceipt.of([_receipt(read, next(stored) if read.row else None) for read in rows])
    for verdict in Verdict:
        registration.metrics.statements.labels(LEDGER, verdict).inc(getattr(receipt, verdict))
    return receipt


def _receipt(read: ReadRow[HealthRow], judged: JudgedReport | None) -> HealthRowReceipt:
    problems = read.problems if judged is None else judged.problems
    return HealthRowReceipt(
        index=read.index,
        verdict=Verdict.REFUSED if judged is None else judged.verdict,
        person_id=read.row.person_id if read.row else None,
        report_id=judged.held.id if judged and judged.held else None,
        flagged=tuple(sorted(judged.flagged)) if judged else (),
        problems=[Problem.of(problem) for problem in problems],
    )


@get("/v1/health-reports", guards=[requires("health:read")])
async def get_health_reports(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    day: OfDay = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[HealthReportView]:
    """List the health reports of a day 当日健康日报 of a subtree, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_reports(registration.database, window, day or day_of(registration.clock.now()))
    return page_of(request, place, rows, key=position_of, show=HealthReportView.of)


@get("/v1/health-reports/missing", guards=[requires("health:read")])
async def get_missing_reports(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    day: OfDay = None,
    responsible: OfResponsible = None,
    of_place: OfPlace = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[MissedDayView]:
    """List who owes the report of a day and sent none 漏报名单, all, a grid worker's or a place's."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    staff_id = None
    if responsible is not None:
        stored = await find_staff(registration.database, responsible)
        request.user.must_find(stored.staff.division, "This person")
        staff_id = stored.staff.id
    today = day_of(registration.clock.now())
    rows = await list_missed(registration.database, window, day or today, staff_id, of_place)
    return page_of(request, place, rows, key=position_of, show=MissedDayView.of)


@get("/v1/people/{person_id:uuid}/health-reports", guards=[requires("health:read")])
async def get_reports_of_person(
    person_id: FromPath[UUID], request: WireRequest, registration: Service
) -> list[HealthReportView]:
    """Return the last hundred health reports of a person 个人健康日报, newest first."""
    reports = await reports_of_person(registration.database, person_id, reaches=request.user.reaches)
    return [HealthReportView.of(one) for one in reports]


@post(
    "/v1/people/{person_id:uuid}/missed-days",
    guards=[requires("health:write")],
    status_code=201,
    responses={200: ResponseSpec(MissedDayReceipt, description="A repetition of what is on record already.")},
)
async def post_missed_day(
    person_id: FromPath[UUID], data: JSONBody[MissedDayRow], request: WireRequest, registration: Service
) -> Response[MissedDayReceipt]:
    """Tell what was found out about somebody whose report did not come 漏报跟进; it stops the day's clock."""
    now = registration.clock.now()
    follow_up = data.follow_up(person_id, now=now)
    if problems := follow_up_problems(follow_up, now):
        raise InvalidInput("The follow-up has fields that are refused.", problems=problems)
    verdict = await follow_up_missed_day(
        registration.database, follow_up, reaches=request.user.reaches, now=now
    )
    registration.wake()
    receipt = MissedDayReceipt(person_id=person_id, day=data.day, outcome=data.outcome, verdict=verdict)
    return Response(receipt, status_code=201 if verdict is Verdict.STORED else 200)


ROUTES = [
    post_health_report,
    post_health_reports,
    get_health_reports,
    get_missing_reports,
    get_reports_of_person,
    post_missed_day,
]
