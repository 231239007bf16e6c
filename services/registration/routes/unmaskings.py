"""HTTP door of people's data in the open, and of the record of who was shown them."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from services.registration.actions.people.unmask_person import list_unmaskings, unmask_person
from services.registration.routes.lists import Service
from services.registration.storage.person_reads import TimeWindow, Unmasking
from services.registration.wire.person_views import PersonDetails, UnmaskingReason, UnmaskingView
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

POSITION = tuple[datetime, UUID]
"""The sort values of the record: time and id."""
BEFORE_ALL = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))

WhyAsked = Annotated[
    UnmaskingReason, QueryParameter(name="reason", description="Why it is needed; kept on record.")
]
OfPerson = Annotated[
    UUID | None, QueryParameter(name="person", description="Only of the person with this id.")
]


@get("/v1/people/{person_id:uuid}/details", guards=[requires("people:read", "pii:read")])
async def get_details(
    person_id: FromPath[UUID], request: WireRequest, registration: Service, reason: WhyAsked
) -> PersonDetails:
    """Return a person with nothing masked 查看明文. Who asked, when and why is on record before it."""
    whole = await unmask_person(
        registration.database,
        registration.sealer,
        person_id,
        bounds=request.user.bounds(),
        reason=reason,
        unmasked_by=request.user.id,
        request_id=request.scope["state"]["request_id"],
        now=registration.clock.now(),
    )
    return PersonDetails.unmasked(whole)


@get("/v1/people/unmaskings", guards=[requires("admin")])
async def get_unmaskings(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    of_person: OfPerson = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[UnmaskingView]:
    """List who was shown whose data 明文查看记录, in the order of time, of a subtree or one person."""
    place = place_in_list(request, cursor, limit, POSITION)
    bounds = request.user.bounds_in(registration.divisions, division)
    window = TimeWindow(bounds, place.rows_wanted, place.after or BEFORE_ALL)
    rows = await list_unmaskings(registration.database, window, of_person)
    return page_of(request, place, rows, key=_position, show=UnmaskingView.of)


def _position(row: Unmasking) -> tuple[str, str]:
    return (row.unmasked_at.isoformat(), str(row.id))


ROUTES = [get_details, get_unmaskings]
