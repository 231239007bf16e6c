"""HTTP door of results without end: lines in, verdicts out while they come."""

from collections.abc import AsyncGenerator, Sequence

from litestar import post
from litestar.openapi.datastructures import ResponseSpec

from services.testing.actions.results.receive_batch import receive_batch
from services.testing.routes.results import Service
from services.testing.service import Testing
from services.testing.wire.result_batches import StreamTally, read_results
from services.testing.wire.results import EndLine, KeptLine, RefusedLine
from shared.access import Principal, requires
from shared.bodies import STREAMED, WireRequest, require_media
from shared.errors import InvalidInput
from shared.line_streams import Lines, LineStream
from shared.strict_json import NDJSON


@post(
    "/v1/results/stream",
    guards=[requires("results:write")],
    status_code=200,
    request_max_body_size=None,
    opt={STREAMED: True},
    responses={
        200: ResponseSpec(
            RefusedLine | KeptLine | EndLine,  # pyright: ignore[reportArgumentType]  # a line is one of these
            media_type=NDJSON,  # pyright: ignore[reportArgumentType]  # of any kind
            generate_examples=False,
            description="A line for each refused row, and one for all that are on record by then.",
        )
    },
)
async def stream_results(request: WireRequest, testing: Service) -> LineStream:
    """Store any number of results 流式上报, NDJSON, while they come; what is answered comes as lines as well.

    `kept` says how many rows are on record by now: what was cut off is sent again from there, or whole.
    Each row refused has a line with its reasons, and `end` says that all was read.
    """
    require_media(request, NDJSON)
    user = request.user

    def work(chunks: Lines) -> AsyncGenerator[bytes, None]:
        return _take(testing, user, chunks)

    return LineStream(work, testing.ending)


async def _take(testing: Testing, user: Principal, chunks: Lines) -> AsyncGenerator[bytes, None]:
    tally = StreamTally()
    async for lines in chunks:
        yield await _store(testing, user, lines, tally)
    if not tally.lines:
        raise InvalidInput("The stream holds no row.")
    yield tally.end()


async def _store(testing: Testing, user: Principal, lines: Sequence[bytes], tally: StreamTally) -> bytes:
    """Store some lines in a transaction of their own, positives before the others."""
    now = testing.clock.now()
    batch = read_results(b"\n".join(lines), NDJSON, now=now, received_from=user.id)
    verdicts = await receive_batch(
        testing.database,
        batch.results,
        registers=testing.registers,
        reaches=user.reaches,
        wake=testing.wake,
        now=now,
    )
    testing.metrics.count_rows(batch.outcomes(verdicts))
    return tally.add(batch, verdicts)


ROUTES = [stream_results]
