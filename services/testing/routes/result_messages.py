"""HTTP doors of laboratories' messages: HL7 v2 and FHIR in, acknowledged in kind; what came, and again."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from services.testing.actions.results.keep_message import list_messages, read_message
from services.testing.importing import judge_again, take_message
from services.testing.routes.lists import POSITION, Service, position_of, window_of
from services.testing.service import Testing
from services.testing.storage.messages import Format, Outcome
from services.testing.wire.fhir_messages import FHIR, write_outcome
from services.testing.wire.hl7_batches import MOST_MESSAGES, split_file, write_file_acknowledgement
from services.testing.wire.hl7_messages import HL7, HL7_OF_HAPI, write_acknowledgement
from services.testing.wire.messages import LARGEST_MESSAGE_BYTES, MOST_RESULTS, MessageView
from shared.access import Principal, requires
from shared.bodies import WHEN_TOO_LARGE, WireRequest, require_media
from shared.clock import SHANGHAI
from shared.divisions import CODE_PATTERN, DivisionCode
from shared.errors import TooLarge
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON

ADVICE = f"Send fewer results in a message; {MOST_RESULTS:,} are read."
SampledIn = Annotated[
    str | None,
    QueryParameter(
        name="division",
        pattern=CODE_PATTERN,
        description="Where was sampled, for results that name no division themselves.",
    ),
]


@post(
    "/v1/results/hl7",
    guards=[requires("results:write")],
    status_code=200,
    request_max_body_size=LARGEST_MESSAGE_BYTES,
    opt={WHEN_TOO_LARGE: ADVICE},
    media_type=HL7,
    responses={
        200: ResponseSpec(
            str,
            media_type=HL7,
            description="The ACK: AA, AE with an ERR a problem, or AR; of a batch one for each message.",
        )
    },
)
async def post_hl7(request: WireRequest, testing: Service, division: SampledIn = None) -> Response[bytes]:
    """Store the results of an HL7 v2 message ORU^R01 检验系统消息, and acknowledge it as HL7 does.

    AA: all are on record. AE: the message is kept, with what was wrong; its good results are on record.
    AR: it is of a kind that is not read here. Sent again it is judged again, and stored once. A batch (FHS,
    BHS) of up to 500 messages is answered by a batch: each message is kept and judged by itself, in its turn.
    """
    require_media(request, HL7, HL7_OF_HAPI)
    body = await request.body()
    file = split_file(body)
    if file is None:
        return Response(await _acknowledge(testing, request.user, body, division), media_type=HL7)
    if file.count() > MOST_MESSAGES:
        raise TooLarge(f"The batch holds {file.count():,} messages; send {MOST_MESSAGES} at most.")
    acks = [
        [await _acknowledge(testing, request.user, message, division) for message in batch.messages]
        for batch in file.batches
    ]
    answer = write_file_acknowledgement(file, acks, now=_now(testing))
    return Response(answer, media_type=HL7)


async def _acknowledge(testing: Testing, user: Principal, body: bytes, division: str | None) -> bytes:
    """Take a message and return its acknowledgement."""
    taken = await take_message(testing, user, Format.HL7, body, division)
    return write_acknowledgement(
        body, taken.refused, taken.problems, taken.remarks, now=_now(testing), message_id=taken.id.hex[:20]
    )


def _now(testing: Testing) -> str:
    return testing.clock.now().astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S%z")


@post(
    "/v1/results/fhir",
    guards=[requires("results:write")],
    status_code=200,
    request_max_body_size=LARGEST_MESSAGE_BYTES,
    opt={WHEN_TOO_LARGE: ADVICE},
    media_type=FHIR,
    responses={
        200: ResponseSpec(
            dict[str, object], media_type=FHIR, generate_examples=False, description="An OperationOutcome."
        ),
        422: ResponseSpec(
            dict[str, object],
            media_type=FHIR,
            generate_examples=False,
            description="An OperationOutcome: nothing of it was stored; it is kept, with its reasons.",
        ),
    },
)
async def post_fhir(request: WireRequest, testing: Service, division: SampledIn = None) -> Response[bytes]:
    """Store the results of a FHIR R4 DiagnosticReport or a Bundle of them, and answer an OperationOutcome.

    200: what is no error in it is on record. 422: nothing of it could be stored; the message is kept.
    Sent again it is judged again, and stored once.
    """
    require_media(request, FHIR, JSON)
    taken = await take_message(testing, request.user, Format.FHIR, await request.body(), division)
    judgement = taken.judgement
    answer = write_outcome(
        taken.refused, taken.problems, taken.remarks, stored=judgement.stored, duplicate=judgement.duplicate
    )
    status = 422 if judgement.outcome is Outcome.REFUSED else 200
    return Response(answer, media_type=FHIR, status_code=status)


@get("/v1/inbound-messages", guards=[requires("results:read")])
async def get_messages(
    request: WireRequest,
    testing: Service,
    outcome: FromQuery[Outcome | None] = None,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[MessageView]:
    """List the messages that keys of a subtree sent 来文登记, and what became of each."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(testing, request.user, division, place)
    rows = await list_messages(testing.database, window, outcome)
    return page_of(request, place, rows, key=position_of, show=MessageView.of)


@get("/v1/inbound-messages/{message_id:uuid}", guards=[requires("results:read")])
async def get_message(message_id: FromPath[UUID], request: WireRequest, testing: Service) -> MessageView:
    """Return what became of a message."""
    return MessageView.of(await read_message(testing.database, message_id, request.user.bounds()))


@post("/v1/inbound-messages/{message_id:uuid}/replay", guards=[requires("results:write")], status_code=200)
async def replay_message(message_id: FromPath[UUID], request: WireRequest, testing: Service) -> MessageView:
    """Judge a message anew 重新判读, once the cause of its refusal is mended; results stand once."""
    bounds = request.user.bounds()
    found = await read_message(testing.database, message_id, bounds)
    await judge_again(testing, found.message)
    return MessageView.of(await read_message(testing.database, message_id, bounds))


ROUTES = [post_hl7, post_fhir, get_messages, get_message, replay_message]
