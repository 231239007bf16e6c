"""HTTP door of inspections and of what they found."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.places.follow_finding import follow_finding
from services.registration.actions.places.read_findings import list_findings, read_finding
from services.registration.actions.places.read_places import read_inspections
from services.registration.actions.places.record_inspection import record_inspection
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.places.finding import FindingState
from services.registration.rules.places.law import PlacesLaw
from services.registration.wire.inspections import (
    FindingHistory,
    FindingReceipt,
    FindingStepFields,
    FindingView,
    InspectionFields,
    InspectionReceipt,
    Inspections,
    InspectionView,
)
from services.registration.wire.tellings import refuse_ahead
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.instants import problems_ahead
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.verdicts import Verdict

InState = Annotated[
    FindingState | None, QueryParameter(name="state", description="Only findings of this state.")
]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""
Unconfirmed = Annotated[
    bool | None,
    QueryParameter(name="unconfirmed", description="Only what is not confirmed as mended yet, or only else."),
]


@post(
    "/v1/places/{code:str}/inspections",
    guards=[requires("places:write")],
    status_code=201,
    responses={200: ResponseSpec(InspectionReceipt, description="A repetition of what is on record.")},
)
async def post_inspection(
    code: FromPath[str], data: JSONBody[InspectionFields], request: WireRequest, registration: Service
) -> Response[InspectionReceipt]:
    """Put an inspection of a place on record 场所检查; what is found is followed until it is confirmed."""
    now = registration.clock.now()
    stated = {"inspected_at": data.inspected_at, "recorded_at": data.recorded_at or now}
    if problems := problems_ahead(stated, now):
        raise InvalidInput("The inspection has fields that are refused.", problems=problems)
    inspection, verdict = await record_inspection(
        registration.database,
        code,
        data.reference,
        data.answered(),
        registration.places_law,
        told=data.telling(now=now, received_from=request.user.id),
        bounds=request.user.bounds(),
        now=now,
    )
    status = 201 if verdict is Verdict.STORED else 200
    return Response(InspectionReceipt.after(inspection, verdict), status_code=status)


@get("/v1/places/{code:str}/inspections", guards=[requires("places:read")])
async def get_inspections(code: FromPath[str], request: WireRequest, registration: Service) -> Inspections:
    """Return the newest inspections of a place 检查记录, the newest first."""
    _, found = await read_inspections(registration.database, code, request.user.bounds())
    return Inspections(items=[InspectionView.of(one) for one in found])


@post(
    "/v1/findings/{finding_id:uuid}/steps",
    guards=[requires("places:write")],
    status_code=201,
    responses={200: ResponseSpec(FindingReceipt, description="It was told before.")},
)
async def post_finding_step(
    finding_id: FromPath[UUID], data: JSONBody[FindingStepFields], request: WireRequest, registration: Service
) -> Response[FindingReceipt]:
    """Follow up what an inspection found 问题整改; nothing closes without a confirmation."""
    now = registration.clock.now()
    refuse_ahead(data, now)
    law = registration.places_law
    finding, verdict = await follow_finding(
        registration.database,
        finding_id,
        data.taken(finding_id, now=now, received_from=request.user.id),
        clause_of=lambda item: _clause_of(law, item),
        bounds=request.user.bounds(),
        now=now,
    )
    status = 201 if verdict is Verdict.STORED else 200
    return Response(FindingReceipt.after(finding, verdict, now), status_code=status)


def _clause_of(law: PlacesLaw, item: str) -> str:
    clause = next((one.clause for one in law.places.items if one.id == item), law.places.clause)
    return law.cite(clause)


@get("/v1/findings/{finding_id:uuid}", guards=[requires("places:read")])
async def get_finding(
    finding_id: FromPath[UUID], request: WireRequest, registration: Service
) -> FindingHistory:
    """Return what an inspection found, with every step about it 整改情况."""
    finding, steps = await read_finding(registration.database, finding_id, request.user.bounds())
    return FindingHistory.with_steps(finding, steps, registration.clock.now())


@get("/v1/findings", guards=[requires("places:read")])
async def get_findings(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    unconfirmed: Unconfirmed = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[FindingView]:
    """List what inspections found 整改台账, with the age of each, by division."""
    now = registration.clock.now()
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_findings(registration.database, window, state=in_state, unconfirmed=unconfirmed)
    return page_of(request, place, rows, key=position_of, show=lambda one: FindingView.of(one, now))


ROUTES = [post_inspection, get_inspections, post_finding_step, get_finding, get_findings]
