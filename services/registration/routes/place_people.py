"""HTTP door of the people of key places, who report their health every day."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, QueryParameter

from services.registration.actions.care.list_people_of_place import (
    ListTools,
    list_people_of_place,
    read_people_of_place,
)
from services.registration.routes.health_reports import OfDay
from services.registration.routes.lists import Service
from services.registration.rules.day_count import day_of
from services.registration.wire.place_people import PlacePersonReceipt, PlacePersonRow, PlacePersonView
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, Verdict, with_unread

LEDGER = "place-people"
POSITION = tuple[UUID]
"""The sort value of a list: the person's id."""

PresentOnly = Annotated[
    bool,
    QueryParameter(name="present", description="Only who is there on the day, or all who ever were."),
]


@post(
    "/v1/places/{code:str}/people/batch",
    guards=[requires("places:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_place_people(
    code: FromPath[str], request: WireRequest, registration: Service
) -> BatchReceipt[PlacePersonReceipt]:
    """Put up to 10,000 people on a place's list 场所人员名册; each row gets a verdict of its own.

    From the next day on they owe a health report every day, where the policy says so of the place's kind.
    """
    media, now = require_media(request, JSON, NDJSON), registration.clock.now()
    rows = read_rows(await request.body(), media, PlacePersonRow)
    verdicts = await list_people_of_place(
        ListTools(
            registration.database,
            registration.sealer,
            registration.divisions,
            registration.keeping.occupations,
        ),
        code,
        [read.row.sent(now) for read in rows if read.row is not None],
        bounds=request.user.bounds(),
        reaches=request.user.reaches,
        received_from=request.user.id,
        now=now,
    )
    registration.wake()
    receipt = BatchReceipt.of(
        [_receipt(read, row) for read, row in zip(rows, with_unread(rows, verdicts), strict=True)]
    )
    for verdict in Verdict:
        registration.metrics.statements.labels(LEDGER, verdict).inc(getattr(receipt, verdict))
    return receipt


def _receipt(read: ReadRow[PlacePersonRow], verdict: RowVerdict) -> PlacePersonReceipt:
    return PlacePersonReceipt(
        index=read.index,
        verdict=verdict.verdict,
        person_id=verdict.id,
        problems=[Problem.of(problem) for problem in verdict.problems],
    )


@get("/v1/places/{code:str}/people", guards=[requires("places:read", "health:read")])
async def get_place_people(
    code: FromPath[str],
    request: WireRequest,
    registration: Service,
    day: OfDay = None,
    present: PresentOnly = True,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[PlacePersonView]:
    """List the people of a place 场所人员名册, and what became of each one's report of a day."""
    place = place_in_list(request, cursor, limit, POSITION)
    rows = await read_people_of_place(
        registration.database,
        code,
        day or day_of(registration.clock.now()),
        bounds=request.user.bounds(),
        present=present,
        after=place.after[0] if place.after else UUID(int=0),
        most=place.rows_wanted,
    )
    return page_of(request, place, rows, key=lambda one: (str(one.id),), show=PlacePersonView.of)


ROUTES = [post_place_people, get_place_people]
