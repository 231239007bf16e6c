"""HTTP door of infections that are over."""

from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from services.registration.actions.plans.state_recovery import (
    list_recoveries,
    read_recoveries,
    state_recovery,
)
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.wire.recoveries import Recoveries, RecoveryFields, RecoveryReceipt, RecoveryView
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.verdicts import Verdict

LEDGER = "recoveries"


@post(
    "/v1/people/{person_id:uuid}/recoveries",
    guards=[requires("recoveries:write")],
    status_code=201,
    responses={200: ResponseSpec(RecoveryReceipt, description="A repetition of what is on record already.")},
)
async def post_recovery(
    person_id: FromPath[UUID], data: JSONBody[RecoveryFields], request: WireRequest, registration: Service
) -> Response[RecoveryReceipt]:
    """State that an infection is over 病愈认定: older positives hold the plan no more; or revoke that.

    It is the word of disease control 疾控机构: of an institution of that kind that answers for where the
    person lives, with a key that reaches as far as the institution does.
    """
    now = registration.clock.now()
    institution = registration.institutions.get(data.institution)
    request.user.must_reach(institution.division)
    taken = await state_recovery(
        registration.database,
        data.statement(person_id, now=now, received_from=request.user.id),
        institution,
        registration.release_law.tests,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    registration.metrics.statements.labels(LEDGER, taken.verdict).inc()
    return Response(RecoveryReceipt.of(taken), status_code=201 if taken.verdict is Verdict.STORED else 200)


@get("/v1/people/{person_id:uuid}/recoveries", guards=[requires("plans:read")])
async def get_recoveries(
    person_id: FromPath[UUID], request: WireRequest, registration: Service
) -> Recoveries:
    """Return all that was stated of a person's infections 认定记录, with reason, name and time."""
    said = await read_recoveries(registration.database, person_id, request.user.bounds())
    return Recoveries(items=[RecoveryView.of(one) for one in said])


@get("/v1/recoveries", guards=[requires("plans:read")])
async def list_all_recoveries(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[RecoveryView]:
    """List who stated which infections to be over 病愈认定台账 in a subtree, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_recoveries(registration.database, window)
    return page_of(request, place, rows, key=position_of, show=lambda row: RecoveryView.of(row.statement))


ROUTES = [post_recovery, get_recoveries, list_all_recoveries]
