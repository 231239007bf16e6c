"""HTTP door of the chain's steps: parse, act, answer."""

from typing import cast

from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from services.testing.actions.tubes.receive_steps import StepVerdict, receive_steps
from services.testing.routes.lists import Service
from services.testing.rules.tubes.chain import problems_of
from services.testing.wire.tube_steps import StepBody, StepReceipt, StepRowReceipt
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ROW_LIMIT, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.errors import Conflict, InvalidInput
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

ADVICE = f"Send at most {ROW_LIMIT:,} steps at a time; a step of a whole box stands for all tubes in it."


@post(
    "/v1/tube-steps",
    guards=[requires("tubes:write")],
    status_code=201,
    responses={200: ResponseSpec(StepReceipt, description="A repetition of what is on record already.")},
)
async def post_step(
    data: JSONBody[StepBody], request: WireRequest, testing: Service
) -> Response[StepReceipt]:
    """Tell one step of a tube or of a box 样本交接. A repetition answers 200 with `duplicate`."""
    now, user = testing.clock.now(), request.user
    told = data.told(now=now, received_from=user.id, reach=user.division)
    user.must_reach(told.step.division)
    if problems := problems_of(told, testing.registers, True, now):
        raise InvalidInput("The step has fields that are refused.", problems=problems)
    (verdict,) = await receive_steps(
        testing.database, [told], registers=testing.registers, reaches=user.reaches, now=now
    )
    testing.wake()
    testing.metrics.tube_steps.labels(verdict.verdict).inc()
    if verdict.problems:
        raise Conflict("The step contradicts what is on record.", problems=verdict.problems)
    receipt = StepReceipt(
        step_id=told.step.step_id,
        verdict=verdict.verdict,
        is_of_known_tube=verdict.is_of_known_tube,
    )
    return Response(receipt, status_code=201 if verdict.verdict is Verdict.STORED else 200)


@post(
    "/v1/tube-steps/batch",
    guards=[requires("tubes:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_steps(request: WireRequest, testing: Service) -> BatchReceipt[StepRowReceipt]:
    """Tell up to 10,000 steps 批量上报流转, a JSON array or NDJSON; each gets a verdict of its own.

    A step is kept whether its tube is known yet or not, and whatever its place in the order; what is odd
    about it is flagged on its tube.
    """
    media = require_media(request, JSON, NDJSON)
    now, user = testing.clock.now(), request.user
    rows = read_rows(await request.body(), media, StepBody, advice=ADVICE)
    told = [
        read.row.told(now=now, received_from=user.id, reach=user.division)
        for read in rows
        if read.row is not None
    ]
    verdicts = await receive_steps(
        testing.database, told, registers=testing.registers, reaches=user.reaches, now=now
    )
    testing.wake()
    receipt = BatchReceipt.of(
        [_receipt(read, row) for read, row in zip(rows, with_unread(rows, verdicts), strict=True)]
    )
    for verdict in Verdict:
        testing.metrics.tube_steps.labels(verdict).inc(getattr(receipt, verdict))
    return receipt


def _receipt(read: ReadRow[StepBody], verdict: RowVerdict) -> StepRowReceipt:
    return StepRowReceipt(
        index=read.index,
        verdict=verdict.verdict,
        step_id=verdict.id,
        is_of_known_tube=cast("StepVerdict", verdict).is_of_known_tube if read.row else None,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


ROUTES = [post_step, post_steps]
