"""HTTP door of infections that are over."""

from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from services.registration.actions.plans.state_recovery import read_recoveries, state_recovery
from services.registration.routes.lists import Service
from services.registration.wire.recoveries import Recoveries, RecoveryFields, RecoveryReceipt, RecoveryView
from shared.access import requires
from shared.bodies import WireRequest
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
    """State that an infection is over 病愈认定: older positives hold the plan no more; or revoke that."""
    now = registration.clock.now()
    taken = await state_recovery(
        registration.database,
        data.statement(person_id, now=now, received_from=request.user.id),
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


ROUTES = [post_recovery, get_recoveries]
