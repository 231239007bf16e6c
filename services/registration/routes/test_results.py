"""HTTP door of tests done elsewhere."""

from uuid import UUID

from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from services.registration.actions.plans.receive_test_result import receive_test_result
from services.registration.actions.plans.withdraw_test_result import withdraw_test_result
from services.registration.routes.lists import Service
from services.registration.wire.test_results import ProofReceipt, ProofRow, ResultWithdrawalRow
from shared.access import requires
from shared.bodies import WireRequest
from shared.verdicts import Verdict

LEDGER = "test-results"


@post(
    "/v1/plans/{plan_id:uuid}/test-results",
    guards=[requires("plans:write")],
    status_code=201,
    responses={200: ResponseSpec(ProofReceipt, description="A repetition of what is on record already.")},
)
async def post_test_result(
    plan_id: FromPath[UUID], data: JSONBody[ProofRow], request: WireRequest, registration: Service
) -> Response[ProofReceipt]:
    """Show the report of a test done elsewhere 补录外地检测结果; it settles what the plan asks for."""
    now = registration.clock.now()
    taken = await receive_test_result(
        registration.database,
        plan_id,
        data.shown(now),
        registration.release_law.tests,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    registration.metrics.statements.labels(LEDGER, taken.verdict).inc()
    status = 201 if taken.verdict is Verdict.STORED else 200
    return Response(ProofReceipt.of(taken), status_code=status)


@post(
    "/v1/plans/{plan_id:uuid}/test-results/{sample_id:uuid}/withdrawal",
    guards=[requires("plans:write")],
    status_code=201,
    responses={200: ResponseSpec(ProofReceipt, description="It was withdrawn before.")},
)
async def post_result_withdrawal(
    plan_id: FromPath[UUID],
    sample_id: FromPath[UUID],
    data: JSONBody[ResultWithdrawalRow],
    request: WireRequest,
    registration: Service,
) -> Response[ProofReceipt]:
    """Withdraw the result of a test done elsewhere 外地检测结果作废; what it had settled is due again."""
    now = registration.clock.now()
    taken = await withdraw_test_result(
        registration.database,
        plan_id,
        sample_id,
        data.withdrawal(now=now, received_from=request.user.id),
        registration.release_law.tests,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    status = 201 if taken.verdict is Verdict.STORED else 200
    return Response(ProofReceipt.of(taken), status_code=status)


ROUTES = [post_test_result, post_result_withdrawal]
