"""HTTP door of the duty roster: parse, act, answer."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from services.alerts.actions.fill_roster import RowVerdict, fill_roster, remove_shift
from services.alerts.actions.read_roster import ShiftFilter, read_gaps, read_people, read_person, read_shifts
from services.alerts.actions.review_roster import AHEAD, read_duty_now
from services.alerts.paging import Paging
from services.alerts.routes.duty_views import (
    DutyNow,
    OpenGapList,
    OpenGapView,
    PersonView,
    PostView,
    RosterReceipt,
    ShiftView,
)
from services.alerts.rules.roster_document import (
    MEDIA,
    PersonEntry,
    PersonFields,
    ReadEntry,
    ShiftEntry,
    read_document,
)
from services.alerts.storage.roster import StoredShift, shift_id_of
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES
from shared.bodies import WireRequest, require_media
from shared.divisions import CODE_PATTERN
from shared.errors import FieldProblem, InvalidInput, NotFound
from shared.instants import read_instant
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import parse_json

Service = NamedDependency[Paging]
DivisionQuery = Annotated[str, QueryParameter(pattern=CODE_PATTERN)]
DivisionFilter = Annotated[str | None, QueryParameter(pattern=CODE_PATTERN)]
LAST = datetime.max.replace(tzinfo=UTC)
InstantFilter = Annotated[str | None, QueryParameter(max_length=64, description="RFC 3339 with an offset.")]


@post("/v1/duty", guards=[requires("duty:write")], status_code=200, request_max_body_size=BODY_LIMIT_BYTES)
async def post_roster(request: WireRequest, paging: Service) -> RosterReceipt:
    """Fill the roster from a document 导入值班表: JSON, JSON lines, YAML or CSV, up to 10,000 rows.

    Each row gets a verdict of its own. Safe to send twice: what is on record already is `unchanged`.
    """
    media = require_media(request, *MEDIA)
    entries = await asyncio.to_thread(read_document, await request.body(), media)
    judged = await fill_roster(paging.roster_tools, entries, principal=request.user, now=paging.clock.now())
    paging.duties.wake_climbing()
    return RosterReceipt.of(judged)


@put("/v1/duty/people/{key:str}", guards=[requires("duty:write")])
async def put_person(
    key: FromPath[str], data: JSONBody[PersonFields], request: WireRequest, paging: Service
) -> PersonView:
    """Store a person who can be on duty 值守人员; their channels are sealed at rest and never shown again."""
    request.user.must_reach(data.division)
    fields = json.dumps({"id": key, **data.model_dump()}).encode()
    entry: PersonEntry = parse_json(fields, PersonEntry)
    await _fill_one(paging, request, entry)
    stored = await read_person(paging.database, key)
    if stored is None:
        raise NotFound("This person does not exist.")
    return PersonView.of(stored)


@get("/v1/duty/people", guards=[requires("duty:read")])
async def get_people(
    request: WireRequest,
    paging: Service,
    division: DivisionFilter = None,
    cursor: PageCursor = None,
    limit: PageLimit = DEFAULT_LIMIT,
) -> Page[PersonView]:
    """List the people of the roster 值守人员名单; of their channels only the kinds."""
    place = place_in_list(request, cursor, limit, tuple[str])
    people = await read_people(
        paging.database,
        request.user.bounds_in(paging.register, division),
        after=place.after[0] if place.after else None,
        most=place.rows_wanted,
    )
    return page_of(request, place, people, key=lambda one: (one.person.key,), show=PersonView.of)


@post(
    "/v1/duty/shifts",
    guards=[requires("duty:write")],
    status_code=201,
    responses={200: ResponseSpec(ShiftView, description="Exactly this was on the roster already.")},
)
async def post_shift(
    data: JSONBody[ShiftEntry], request: WireRequest, paging: Service
) -> Response[ShiftView]:
    """Put a person on a shift 排班. The same shift again may move its end; unchanged it answers 200."""
    request.user.must_reach(data.division)
    verdict = await _fill_one(paging, request, data)
    shift = StoredShift(
        id=shift_id_of(data.post, data.division, data.person, data.from_at),
        post=data.post,
        division=data.division,
        person_key=data.person,
        from_at=data.from_at,
        until_at=data.until_at,
    )
    return Response(ShiftView.of(shift), status_code=201 if verdict is RowVerdict.STORED else 200)


async def _fill_one(paging: Paging, request: WireRequest, entry: PersonEntry | ShiftEntry) -> RowVerdict:
    judged = await fill_roster(
        paging.roster_tools, [ReadEntry("", entry)], principal=request.user, now=paging.clock.now()
    )
    if judged[0].verdict is RowVerdict.REFUSED:
        raise InvalidInput("The entry has fields that are refused.", problems=judged[0].problems)
    return judged[0].verdict


@get("/v1/duty/shifts", guards=[requires("duty:read")])
async def get_shifts(
    request: WireRequest,
    paging: Service,
    division: DivisionFilter = None,
    post_id: Annotated[str | None, QueryParameter(name="post", max_length=64)] = None,
    from_at: Annotated[str | None, QueryParameter(name="from", max_length=64)] = None,
    until_at: Annotated[str | None, QueryParameter(name="until", max_length=64)] = None,
    cursor: PageCursor = None,
    limit: PageLimit = DEFAULT_LIMIT,
) -> Page[ShiftView]:
    """List shifts 值班表 that touch a span, from now on for seven days unless another is named."""
    begin = paging.clock.now() if from_at is None else read_instant("from", from_at)
    end = min(begin, LAST - AHEAD) + AHEAD if until_at is None else read_instant("until", until_at)
    if end <= begin:
        raise InvalidInput("The span is empty.", problems=[FieldProblem("until", "must be later than from")])
    place = place_in_list(request, cursor, limit, tuple[datetime, UUID])
    which = ShiftFilter(request.user.bounds_in(paging.register, division), begin, end, post_id)
    shifts = await read_shifts(paging.database, which, after=place.after, most=place.rows_wanted)
    return page_of(request, place, shifts, key=lambda one: (one.from_at, one.id), show=ShiftView.of)


@delete("/v1/duty/shifts/{shift_id:uuid}", guards=[requires("duty:write")])
async def delete_shift(shift_id: FromPath[UUID], request: WireRequest, paging: Service) -> None:
    """Take a shift off the roster 撤销排班."""
    await remove_shift(paging.database, shift_id, principal=request.user)


@get("/v1/duty/now", guards=[requires("duty:read")])
async def get_duty_now(division: DivisionQuery, request: WireRequest, paging: Service) -> DutyNow:
    """Say who is on duty for each post as a clock of the division would find them 当前值守.

    A post that the division does not hold is looked for above it, beyond the caller's own subtree too: that
    is whom a page of the division would reach.
    """
    paging.register.get(division)
    request.user.must_reach(division)
    now = paging.clock.now()
    posts = await read_duty_now(paging.database, paging.register, paging.law, division, now=now)
    titles = paging.law.posts
    return DutyNow(
        division=division,
        name=paging.register.full_name(division),
        at=now,
        posts=[PostView.of(one, titles[one.post], division, paging.register) for one in posts],
    )


@get("/v1/duty/gaps", guards=[requires("duty:read")])
async def get_gaps(request: WireRequest, paging: Service, division: DivisionFilter = None) -> OpenGapList:
    """List the posts on which pages found nobody and that are not held again 值守空缺."""
    gaps = await read_gaps(paging.database, request.user.bounds_in(paging.register, division))
    return OpenGapList(gaps=[OpenGapView.of(gap, paging.register) for gap in gaps])


DUTY_ROUTES = [
    post_roster,
    put_person,
    get_people,
    post_shift,
    get_shifts,
    delete_shift,
    get_duty_now,
    get_gaps,
]
