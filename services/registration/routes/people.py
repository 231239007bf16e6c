"""HTTP door of people. Nothing that names anybody stands in an address: look-ups are a POST."""

from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from services.registration.actions.people.correct_person import correct_person
from services.registration.actions.people.identify_people import Identified
from services.registration.actions.people.read_people import list_people, read_person, search_people
from services.registration.actions.people.receive_people import receive_people, record_people, verdict_on
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.day_count import day_of
from services.registration.rules.people.person import problems_of
from services.registration.wire.people import CorrectionRow, PersonStatement, SearchRow
from services.registration.wire.person_views import (
    CorrectionReceipt,
    PeopleFound,
    PersonHistory,
    PersonReceipt,
    PersonRowReceipt,
    PersonView,
)
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

LEDGER = "people"


@post(
    "/v1/people",
    guards=[requires("people:write")],
    status_code=201,
    responses={200: ResponseSpec(PersonReceipt, description="It says nothing new.")},
)
async def post_person(
    data: JSONBody[PersonStatement], request: WireRequest, registration: Service
) -> Response[PersonReceipt]:
    """State a person 人员登记; the same identity number is the same person. A repetition answers 200."""
    now = registration.clock.now()
    person = data.person()
    if problems := problems_of(person, day_of(now), registration.divisions, registration.keeping.occupations):
        raise InvalidInput("The person has fields that are refused.", problems=problems)
    request.user.must_reach(person.division)
    (identified,) = await record_people(
        registration.database, registration.sealer, [person], received_from=request.user.id, now=now
    )
    verdict = verdict_on(identified)
    registration.metrics.statements.labels(LEDGER, verdict).inc()
    receipt = PersonReceipt.of(identified, verdict)
    return Response(receipt, status_code=201 if verdict is Verdict.STORED else 200)


@post(
    "/v1/people/batch",
    guards=[requires("people:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_people(request: WireRequest, registration: Service) -> BatchReceipt[PersonRowReceipt]:
    """State up to 10,000 people 批量登记人员, a JSON array or NDJSON; each row gets a verdict of its own."""
    media = require_media(request, JSON, NDJSON)
    rows = read_rows(await request.body(), media, PersonStatement)
    received = await receive_people(
        registration.database,
        registration.sealer,
        [read.row.person() for read in rows if read.row is not None],
        divisions=registration.divisions,
        occupations=registration.keeping.occupations,
        reaches=request.user.reaches,
        received_from=request.user.id,
        now=registration.clock.now(),
    )
    verdicts = with_unread(rows, [verdict for verdict, _ in received])
    known = {identified.person_id: identified for _, identified in received if identified is not None}
    receipt = BatchReceipt.of(
        [_receipt(read.index, row, known) for read, row in zip(rows, verdicts, strict=True)]
    )
    for verdict in Verdict:
        registration.metrics.statements.labels(LEDGER, verdict).inc(getattr(receipt, verdict))
    return receipt


def _receipt(index: int, verdict: RowVerdict, known: dict[UUID, Identified]) -> PersonRowReceipt:
    identified = None if verdict.id is None else known[verdict.id]
    return PersonRowReceipt(
        index=index,
        verdict=verdict.verdict,
        person_id=verdict.id,
        is_new=identified and identified.is_new,
        suspects=identified and len(identified.suspects),
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@post("/v1/people/search", guards=[requires("people:read")], status_code=200)
async def post_search(data: JSONBody[SearchRow], request: WireRequest, registration: Service) -> PeopleFound:
    """Look for people of the subtree 查找人员 by identity number or telephone; answers are masked."""
    people = await search_people(
        registration.database,
        registration.sealer,
        identity=data.identity and data.identity.identity,
        telephone=data.telephone,
        bounds=request.user.bounds(),
    )
    return PeopleFound(items=[PersonView.of(person) for person in people])


@get("/v1/people/{person_id:uuid}", guards=[requires("people:read")])
async def get_person(person_id: FromPath[UUID], request: WireRequest, registration: Service) -> PersonHistory:
    """Return a person, masked, with what is stored of them 人员情况; a merged id answers as the surviving."""
    read = await read_person(
        registration.database,
        registration.sealer,
        person_id,
        request.user.bounds(),
        today=day_of(registration.clock.now()),
    )
    return PersonHistory.with_all(read)


@get("/v1/people", guards=[requires("people:read")])
async def get_people(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[PersonView]:
    """List the people at home in a subtree 人员名册, masked, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_people(registration.database, registration.sealer, window)
    return page_of(request, place, rows, key=position_of, show=PersonView.of)


@post(
    "/v1/people/{person_id:uuid}/corrections",
    guards=[requires("people:write")],
    status_code=201,
    responses={200: ResponseSpec(CorrectionReceipt, description="It changes nothing.")},
)
async def post_correction(
    person_id: FromPath[UUID],
    data: JSONBody[CorrectionRow],
    request: WireRequest,
    registration: Service,
) -> Response[CorrectionReceipt]:
    """Correct a person 更正人员信息: the fields given are replaced, what was said before stays on record."""
    whole, is_new = await correct_person(
        registration.database,
        registration.keeping,
        person_id,
        data.correction(),
        principal=request.user,
        now=registration.clock.now(),
    )
    registration.wake()
    verdict = Verdict.STORED if is_new else Verdict.DUPLICATE
    receipt = CorrectionReceipt.after(whole, verdict)
    return Response(receipt, status_code=201 if is_new else 200)


ROUTES = [post_person, post_people, post_search, get_person, get_people, post_correction]
