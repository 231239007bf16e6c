"""HTTP door of contacts in the open, and of the record of who was shown them."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from services.registration.actions.people.unmask_contact import (
    Asked,
    list_contact_unmaskings,
    unmask_contact,
)
from services.registration.routes.lists import Service
from services.registration.routes.unmaskings import BEFORE_ALL, POSITION, WhyAsked
from services.registration.rules.people.contact import ContactKind
from services.registration.service import Registration
from services.registration.storage.contact_unmaskings import ContactUnmasking
from services.registration.storage.person_reads import TimeWindow
from services.registration.wire.contacts import ContactDetails, ContactUnmaskingView
from services.registration.wire.person_views import UnmaskingReason
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

OfKind = Annotated[
    ContactKind | None, QueryParameter(name="kind", description="Only contacts of this kind of thing.")
]
OfSubject = Annotated[
    str | None,
    QueryParameter(name="subject", max_length=64, description="Only of the thing with this key, code or id."),
]


async def _whole(
    request: WireRequest, registration: Registration, kind: ContactKind, subject: str, why: UnmaskingReason
) -> ContactDetails:
    asked = Asked(request.user.bounds(), why, request.user.id, request.scope["state"]["request_id"])
    found = await unmask_contact(
        registration.database, registration.sealer, kind, subject, asked, now=registration.clock.now()
    )
    return ContactDetails.of(found)


@get("/v1/grid/people/{key:str}/details", guards=[requires("grid:read", "pii:read")])
async def get_staff_details(
    key: FromPath[str], request: WireRequest, registration: Service, reason: WhyAsked
) -> ContactDetails:
    """Return somebody of the grid with nothing masked 责任人明文; who asked is on record before."""
    return await _whole(request, registration, ContactKind.STAFF, key, reason)


@get("/v1/places/{code:str}/details", guards=[requires("places:read", "pii:read")])
async def get_place_details(
    code: FromPath[str], request: WireRequest, registration: Service, reason: WhyAsked
) -> ContactDetails:
    """Return the person in charge of a place unmasked 场所负责人明文; who asked is on record before."""
    return await _whole(request, registration, ContactKind.PLACE, code, reason)


@get("/v1/gatherings/{gathering_id:uuid}/details", guards=[requires("gatherings:read", "pii:read")])
async def get_gathering_details(
    gathering_id: FromPath[UUID], request: WireRequest, registration: Service, reason: WhyAsked
) -> ContactDetails:
    """Return who organises a gathering with nothing masked 活动组织者明文; who asked is on record before."""
    return await _whole(request, registration, ContactKind.GATHERING, str(gathering_id), reason)


@get("/v1/sentinels/{code:str}/details", guards=[requires("symptoms:read", "pii:read")])
async def get_sentinel_details(
    code: FromPath[str], request: WireRequest, registration: Service, reason: WhyAsked
) -> ContactDetails:
    """Return the person in charge of a sentinel unmasked 哨点负责人明文; who asked is on record before."""
    return await _whole(request, registration, ContactKind.SENTINEL, code, reason)


@get("/v1/preregistrations/{preregistration_id:uuid}/details", guards=[requires("people:read", "pii:read")])
async def get_announced_contact(
    preregistration_id: FromPath[UUID], request: WireRequest, registration: Service, reason: WhyAsked
) -> ContactDetails:
    """Return whom an announced return names as contact 预登记联系人明文; who asked is on record before."""
    return await _whole(request, registration, ContactKind.PREREGISTRATION, str(preregistration_id), reason)


@get("/v1/notice-matches/{match_id:uuid}/details", guards=[requires("notices:read", "pii:read")])
async def get_matched_person(
    match_id: FromPath[UUID], request: WireRequest, registration: Service, reason: WhyAsked
) -> ContactDetails:
    """Return the person whom a notice names with nothing masked 协查对象明文; who asked is on record before.

    A match of a vehicle or of goods names nobody and answers 404.
    """
    return await _whole(request, registration, ContactKind.NOTICE_MATCH, str(match_id), reason)


@get("/v1/contacts/unmaskings", guards=[requires("admin")])
async def get_contact_unmaskings(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    of_kind: OfKind = None,
    of_subject: OfSubject = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[ContactUnmaskingView]:
    """List who was shown which contacts 查看联系人明文记录, in the order of time, of a subtree."""
    place = place_in_list(request, cursor, limit, POSITION)
    bounds = request.user.bounds_in(registration.divisions, division)
    window = TimeWindow(bounds, place.rows_wanted, place.after or BEFORE_ALL)
    rows = await list_contact_unmaskings(registration.database, window, of_kind, of_subject)
    return page_of(request, place, rows, key=_position, show=ContactUnmaskingView.of)


def _position(row: ContactUnmasking) -> tuple[str, str]:
    return (row.unmasked_at.isoformat(), str(row.id))


ROUTES = [
    get_staff_details,
    get_place_details,
    get_gathering_details,
    get_sentinel_details,
    get_announced_contact,
    get_matched_person,
    get_contact_unmaskings,
]
