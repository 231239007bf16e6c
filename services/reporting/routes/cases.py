"""HTTP door of cases: parse, act, answer."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import AwareDatetime

from services.reporting.actions.list_cases import list_cases
from services.reporting.actions.read_case import read_case
from services.reporting.actions.report_case import report_case
from services.reporting.actions.review_case import review_case
from services.reporting.rules.case_facts import CaseFile
from services.reporting.rules.case_order import CaseState, refuse_added_step
from services.reporting.rules.entry import Verdict
from services.reporting.service import Reporting
from services.reporting.storage.cases import CaseFilter
from services.reporting.wire.cases import CaseHistoryView, CaseView, ReportOrder, ReviewOrder, StepReceipt
from shared.access import requires
from shared.bodies import WireRequest
from shared.instants import read_instant
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
HIGHEST_ID = UUID(int=2**128 - 1)

CaseId = FromPath[UUID]
Service = NamedDependency[Reporting]
InState = Annotated[CaseState | None, QueryParameter(name="state", description="How far the case has come.")]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""

Instant = Annotated[str | None, QueryParameter(max_length=40, description="An RFC 3339 time with an offset.")]


@post(
    "/v1/cases/{case_id:uuid}/report",
    guards=[requires("cases:write")],
    status_code=201,
    responses={200: ResponseSpec(StepReceipt, description="A repetition of what is on record already.")},
)
async def post_report(
    case_id: CaseId,
    data: JSONBody[ReportOrder],
    request: WireRequest,
    reporting: Service,
) -> Response[StepReceipt]:
    """Report a case directly 网络直报; a further report is a correction, the same one again answers 200.

    404 while its positive result is still on its way here: repeat the call.
    """
    now = reporting.clock.now()
    reported = await report_case(
        reporting.database,
        case_id,
        data.facts(),
        bounds=request.user.bounds(),
        institutions=reporting.institutions,
        recorded_at=data.recorded_at or now,
        received_from=request.user.id,
        clause=reporting.law.case_order_clause,
        now=now,
    )
    reporting.note_report(reported)
    receipt = StepReceipt(
        verdict=reported.verdict, revision=reported.revision, case=CaseView.of(reported.file, now)
    )
    return Response(receipt, status_code=_status_of(reported.verdict))


@post(
    "/v1/cases/{case_id:uuid}/review",
    guards=[requires("cases:write")],
    status_code=201,
    responses={200: ResponseSpec(StepReceipt, description="A repetition of what is on record already.")},
)
async def post_review(
    case_id: CaseId,
    data: JSONBody[ReviewOrder],
    request: WireRequest,
    reporting: Service,
) -> Response[StepReceipt]:
    """Review a reported case 疾控审核; a further review is a correction, the same one again answers 200."""
    now = reporting.clock.now()
    reviewed = await review_case(
        reporting.database,
        case_id,
        data.facts(),
        bounds=request.user.bounds(),
        recorded_at=data.recorded_at or now,
        received_from=request.user.id,
        clause=reporting.law.case_order_clause,
        now=now,
    )
    reporting.note_review(reviewed)
    receipt = StepReceipt(
        verdict=reviewed.verdict, revision=reviewed.revision, case=CaseView.of(reviewed.file, now)
    )
    return Response(receipt, status_code=_status_of(reviewed.verdict))


def _status_of(verdict: Verdict) -> int:
    return 200 if verdict is Verdict.DUPLICATE else 201


@post("/v1/cases/{case_id:uuid}/{step:str}", guards=[requires("cases:write")], status_code=409)
async def post_added_step(
    case_id: CaseId, step: FromPath[str], request: WireRequest, reporting: Service
) -> None:
    """Refuse any other step, such as a consultation or an approval, with the clause that forbids it."""
    await read_case(reporting.database, case_id, request.user.bounds())
    raise refuse_added_step(clause=reporting.law.case_order_clause)


@get("/v1/cases", guards=[requires("cases:read")])
async def get_cases(
    request: WireRequest,
    reporting: Service,
    division: FromQuery[str | None] = None,
    in_state: InState = None,
    institution: FromQuery[str | None] = None,
    positive_since: Instant = None,
    positive_until: Instant = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[CaseView]:
    """List the subtree's cases 病例列表, the latest positive first, found before `positive_until`."""
    wanted = CaseFilter(
        bounds=request.user.bounds_in(reporting.divisions, division),
        state=in_state,
        institution=None if institution is None else reporting.institutions.get(institution).code,
        since=EARLIEST if positive_since is None else read_instant("positive_since", positive_since),
        until=LATEST if positive_until is None else read_instant("positive_until", positive_until),
    )
    place = place_in_list(request, cursor, limit, tuple[AwareDatetime, UUID])
    files = await list_cases(
        reporting.database, wanted, before=place.after or (LATEST, HIGHEST_ID), most=place.rows_wanted
    )
    now = reporting.clock.now()

    def key(file: CaseFile) -> tuple[datetime, UUID]:
        return file.positive_at, file.case_id

    return page_of(request, place, files, key=key, show=lambda file: CaseView.of(file, now))


@get("/v1/cases/{case_id:uuid}", guards=[requires("cases:read")])
async def get_case(case_id: CaseId, request: WireRequest, reporting: Service) -> CaseHistoryView:
    """Return a case with its whole history 病例及其全部记录."""
    history = await read_case(reporting.database, case_id, request.user.bounds())
    return CaseHistoryView.of_history(history, reporting.clock.now())


ROUTES = [post_report, post_review, post_added_step, get_cases, get_case]
