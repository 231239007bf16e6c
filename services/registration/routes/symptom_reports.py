"""HTTP door of sentinels' reports."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.sentinels.read_symptom_reports import (
    ShownReport,
    list_symptom_reports,
    read_symptom_report,
    show_reports,
)
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.sentinels.symptom_report import (
    SymptomReport,
    SymptomReportState,
    problems_of,
)
from services.registration.service import Registration
from services.registration.wire.symptom_reports import (
    SymptomReportHistory,
    SymptomReportReceipt,
    SymptomReportView,
    SymptomRow,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.verdicts import Verdict

LEDGER = "symptom-reports"

InState = Annotated[
    SymptomReportState | None, QueryParameter(name="state", description="Only reports of this state.")
]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""


@post(
    "/v1/symptom-reports",
    guards=[requires("symptoms:write")],
    status_code=201,
    responses={
        200: ResponseSpec(SymptomReportReceipt, description="A repetition of what is on record already.")
    },
)
async def post_symptom_report(
    data: JSONBody[SymptomRow], request: WireRequest, registration: Service
) -> Response[SymptomReportReceipt]:
    """Tell of a patient with symptoms 哨点症状报告. Late is kept and marked; a repetition answers 200.

    A sentinel that the register lacks is said to be unregistered, one of another township to be of another.
    The report is kept all the same, its two hours run, and the code is listed with those to be asked after.
    """
    now = registration.clock.now()
    statement = data.statement(
        within=registration.sentinel_report_within, now=now, received_from=request.user.id
    )
    if problems := problems_of(statement, now, registration.divisions):
        raise InvalidInput("The report has fields that are refused.", problems=problems)
    request.user.must_reach(data.division)
    recorded = await registration.symptom_reports.submit(statement)
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    (shown,) = await _shown(registration, [recorded.held])
    receipt = SymptomReportReceipt.after(shown, recorded.verdict, now)
    return Response(receipt, status_code=201 if recorded.verdict is Verdict.STORED else 200)


@get("/v1/symptom-reports/{report_id:uuid}", guards=[requires("symptoms:read")])
async def get_symptom_report(
    report_id: FromPath[UUID], request: WireRequest, registration: Service
) -> SymptomReportHistory:
    """Return a sentinel's report with everything that was said of it 哨点报告详情."""
    held, said = await read_symptom_report(registration.database, report_id, request.user.bounds())
    (shown,) = await _shown(registration, [held])
    return SymptomReportHistory.with_statements(shown, said, registration.clock.now())


@get("/v1/symptom-reports", guards=[requires("symptoms:read")])
async def get_symptom_reports(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[SymptomReportView]:
    """List sentinels' reports 哨点报告列表 of a subtree, all or those of one state, by division."""
    now = registration.clock.now()
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_symptom_reports(registration.database, window, in_state)
    shown = await _shown(registration, rows)
    return page_of(request, place, shown, key=position_of, show=lambda row: SymptomReportView.of(row, now))


async def _shown(registration: Registration, held: Sequence[SymptomReport]) -> list[ShownReport]:
    law, institutions = registration.surveillance.reports, registration.institutions
    return await show_reports(registration.database, held, law, institutions)


ROUTES = [post_symptom_report, get_symptom_report, get_symptom_reports]
