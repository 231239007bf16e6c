"""HTTP door of the register of risk areas."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.plans.read_risk_areas import (
    list_risk_areas,
    list_touched,
    read_level_at,
    read_risk_area,
)
from services.registration.actions.plans.record_risk_areas import receive_risk_areas, record_risk_areas
from services.registration.actions.plans.withdraw_risk_area import withdraw_risk_area
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.plans.risk_area import problems_of
from services.registration.rules.plans.risk_level import RiskLevel
from services.registration.service import Registration
from services.registration.wire.risk_areas import (
    LevelView,
    RiskAreaHistory,
    RiskAreaReceipt,
    RiskAreaRow,
    RiskAreaRowReceipt,
    RiskAreaView,
    TouchedView,
    WithdrawalRow,
)
from shared.access import Principal, requires
from shared.areas import AreaCode
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, Forbidden, InvalidInput
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

LEDGER = "risk-areas"
KEPT_BY = "municipality"
"""The level whose keys keep the register; all below read it."""

OfLevel = Annotated[RiskLevel | None, QueryParameter(name="level", description="Only entries of this level.")]
OnDay = Annotated[date | None, QueryParameter(name="day", description="Only entries that stand on this day.")]


@post(
    "/v1/risk-areas",
    guards=[requires("risk-areas:write")],
    status_code=201,
    responses={200: ResponseSpec(RiskAreaReceipt, description="It says nothing new.")},
)
async def post_risk_area(
    data: JSONBody[RiskAreaRow], request: WireRequest, registration: Service
) -> Response[RiskAreaReceipt]:
    """Enter the level of an area from a day on, or its end 风险地区登记; for keys of the municipality.

    Everybody whose route it touches is judged again.
    """
    now = registration.clock.now()
    division = _keeper(registration, request.user)
    statement = data.statement(division=division, now=now, received_from=request.user.id)
    if problems := problems_of(statement, now, registration.areas):
        raise InvalidInput("The risk area has fields that are refused.", problems=problems)
    (recorded,) = await record_risk_areas(registration.database, [statement], now=now)
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    receipt = RiskAreaReceipt.after(recorded.held, recorded.verdict)
    return Response(receipt, status_code=201 if recorded.verdict is Verdict.STORED else 200)


@post(
    "/v1/risk-areas/batch",
    guards=[requires("risk-areas:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_risk_areas(request: WireRequest, registration: Service) -> BatchReceipt[RiskAreaRowReceipt]:
    """Enter up to 10,000 levels 风险地区批量登记, a JSON array or NDJSON; each row gets a verdict."""
    media = require_media(request, JSON, NDJSON)
    now = registration.clock.now()
    division = _keeper(registration, request.user)
    rows = read_rows(await request.body(), media, RiskAreaRow)
    verdicts = await receive_risk_areas(
        registration.database,
        [
            read.row.statement(division=division, now=now, received_from=request.user.id)
            for read in rows
            if read.row is not None
        ],
        areas=registration.areas,
        now=now,
    )
    receipt = BatchReceipt.of(
        [_receipt(read, row) for read, row in zip(rows, with_unread(rows, verdicts), strict=True)]
    )
    for verdict in Verdict:
        registration.metrics.statements.labels(LEDGER, verdict).inc(getattr(receipt, verdict))
    return receipt


def _keeper(registration: Registration, principal: Principal) -> str:
    """Return whose register a key writes: its own division's, which must be the municipality."""
    division = registration.divisions.get(principal.division)
    if division.level != KEPT_BY:
        raise Forbidden("The municipality keeps the register of risk areas; other keys read it.")
    return division.code


def _receipt(read: ReadRow[RiskAreaRow], verdict: RowVerdict) -> RiskAreaRowReceipt:
    return RiskAreaRowReceipt(
        index=read.index,
        verdict=verdict.verdict,
        area=read.row.area if read.row else None,
        risk_area_id=verdict.id,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@post("/v1/risk-areas/{risk_area_id:uuid}/withdraw", guards=[requires("risk-areas:write")], status_code=200)
async def post_withdrawal(
    risk_area_id: FromPath[UUID], data: JSONBody[WithdrawalRow], request: WireRequest, registration: Service
) -> RiskAreaReceipt:
    """Withdraw an entry that was wrong from the start 风险地区撤销; it stays on record with the reason."""
    now = registration.clock.now()
    _keeper(registration, request.user)
    recorded_at = data.recorded_at or now
    refuse_future("recorded_at", recorded_at, now)
    recorded = await withdraw_risk_area(
        registration.database,
        risk_area_id,
        reason=data.reason,
        recorded_at=recorded_at,
        received_from=request.user.id,
        now=now,
    )
    return RiskAreaReceipt.after(recorded.held, recorded.verdict)


@get("/v1/risk-areas/at", guards=[requires("risk-areas:read")])
async def get_level(
    request: WireRequest, registration: Service, area: FromQuery[AreaCode], day: FromQuery[date]
) -> LevelView:
    """Return the level that a place had on a day 某地某日的风险等级, and the entries that give it."""
    del request
    if area not in registration.areas:
        problem = FieldProblem("area", f"unknown area {area!r}")
        raise InvalidInput("The register of areas does not hold it.", problems=[problem])
    return LevelView.of(area, day, await read_level_at(registration.database, area, day))


@get("/v1/risk-areas/{risk_area_id:uuid}", guards=[requires("risk-areas:read")])
async def get_risk_area(
    risk_area_id: FromPath[UUID], request: WireRequest, registration: Service
) -> RiskAreaHistory:
    """Return an entry with its history 风险地区详情, and how far judging again has come after each change."""
    del request
    return RiskAreaHistory.of_file(await read_risk_area(registration.database, risk_area_id))


@get("/v1/risk-areas", guards=[requires("risk-areas:read")])
async def get_risk_areas(
    request: WireRequest,
    registration: Service,
    of_level: OfLevel = None,
    on_day: OnDay = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[RiskAreaView]:
    """List the register 风险地区名单, the newest first; with `day` only what stands on it."""
    place = place_in_list(request, cursor, limit, tuple[date, UUID])
    rows = await list_risk_areas(
        registration.database, before=place.after, most=place.rows_wanted, level=of_level, day=on_day
    )
    return page_of(request, place, rows, key=lambda held: (held.since, held.id), show=RiskAreaView.of)


@get("/v1/risk-areas/{risk_area_id:uuid}/touched", guards=[requires("risk-areas:read")])
async def get_touched(
    risk_area_id: FromPath[UUID],
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[TouchedView]:
    """List the returns whose route the changes of an entry touched 受影响人员, those of the key's subtree."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_touched(registration.database, risk_area_id, window)
    return page_of(request, place, rows, key=position_of, show=TouchedView.of)


ROUTES = [
    post_risk_area,
    post_risk_areas,
    post_withdrawal,
    get_level,
    get_risk_area,
    get_risk_areas,
    get_touched,
]
