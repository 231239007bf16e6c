"""HTTP door of results: parse, act, answer."""

from typing import Any, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Raw

from services.testing.actions.results.correct_result import correct_result
from services.testing.actions.results.receive_batch import receive_batch
from services.testing.actions.tubes.read_tubes import read_sample_wherever
from services.testing.rules.results.correction import Correction
from services.testing.rules.results.result import problems_of
from services.testing.service import Testing
from services.testing.storage.results import NewResult
from services.testing.wire.result_batches import ADVICE, read_results, write_receipt
from services.testing.wire.results import (
    CorrectionOrder,
    ResultReceipt,
    ResultRow,
    ResultRowReceipt,
)
from services.testing.wire.samples import SampleView
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES
from shared.bodies import WHEN_TOO_LARGE, WireRequest, require_media
from shared.errors import Conflict, InvalidInput
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Verdict

Service = NamedDependency[Testing]


@post(
    "/v1/results",
    guards=[requires("results:write")],
    status_code=201,
    responses={200: ResponseSpec(ResultReceipt, description="A repetition of what is on record already.")},
)
async def post_result(
    data: JSONBody[ResultRow], request: WireRequest, testing: Service
) -> Response[ResultReceipt]:
    """Store one result 上报一条检测结果. Safe to send twice: a repetition answers 200 with `duplicate`.

    A result of a known tube is stored for the tube's division where the one stated is another; the receipt
    says so. One of a tube, or of a registered laboratory, that the key does not reach is refused.
    """
    now = testing.clock.now()
    facts, recorded_at = data.facts(), data.recorded_at or now
    if problems := problems_of(facts, recorded_at, now, testing.registers):
        raise InvalidInput("The result has fields that are refused.", problems=problems)
    request.user.must_reach(data.division)
    placed = await testing.place_single(facts, request.user.reaches)
    stored_as = NewResult(placed, recorded_at, request.user.id, data.division)
    stored = await testing.store_single(stored_as)
    testing.metrics.results.labels(data.result, stored.verdict).inc()
    if stored.reason:
        raise Conflict(f"Tube {data.tube_code}: {stored.reason}.")
    moved_to = None if placed.division == data.division else placed.division
    receipt = ResultReceipt(sample_id=stored.sample_id, verdict=stored.verdict, tube_division=moved_to)
    return Response(receipt, status_code=201 if stored.verdict is Verdict.STORED else 200)


@post(
    "/v1/results/batch",
    guards=[requires("results:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
    opt={WHEN_TOO_LARGE: ADVICE},
)
async def post_results(request: WireRequest, testing: Service) -> Response[BatchReceipt[ResultRowReceipt]]:
    """Store up to 10,000 results 批量上报, a JSON array or NDJSON; each row gets a verdict of its own."""
    media = require_media(request, JSON, NDJSON)
    now, user = testing.clock.now(), request.user
    batch = read_results(await request.body(), media, now=now, received_from=user.id)
    verdicts = await receive_batch(
        testing.database,
        batch.results,
        registers=testing.registers,
        reaches=user.reaches,
        wake=testing.wake,
        now=now,
    )
    testing.metrics.count_rows(batch.outcomes(verdicts))
    return Response(cast("Any", Raw(write_receipt(batch, verdicts))))


@post("/v1/samples/{sample_id:uuid}/corrections", guards=[requires("results:write")], status_code=201)
async def post_correction(
    sample_id: FromPath[UUID], data: JSONBody[CorrectionOrder], request: WireRequest, testing: Service
) -> SampleView:
    """Correct a result 更正结果, for example withdraw a false positive: a new fact beside the old one."""
    now = testing.clock.now()
    await correct_result(
        testing.database,
        sample_id,
        Correction(data.result, data.reason_code),
        bounds=request.user.bounds(),
        occurred_at=data.occurred_at,
        recorded_at=data.recorded_at or now,
        received_from=request.user.id,
        now=now,
    )
    testing.wake()
    return SampleView.of(await read_sample_wherever(testing.database, sample_id, request.user.bounds()))


@get("/v1/samples/{sample_id:uuid}", guards=[requires("results:read")])
async def get_sample(sample_id: FromPath[UUID], request: WireRequest, testing: Service) -> SampleView:
    """Return a sample 样本及其结果: every revision of its result, and who reported, sampled and tested it.

    It is found by the id of its result, or by the one that it has in its tube.
    """
    return SampleView.of(await read_sample_wherever(testing.database, sample_id, request.user.bounds()))


ROUTES = [post_result, post_results, post_correction, get_sample]
