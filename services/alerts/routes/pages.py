"""HTTP door of pages: parse, act, answer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from services.alerts.actions.read_pages import read_page, read_pages
from services.alerts.routes.duty import DivisionFilter, InstantFilter, Service
from services.alerts.routes.page_views import (
    AcknowledgementOrder,
    AcknowledgementView,
    PageView,
    WholePageView,
)
from services.alerts.rules.delivery_retry import DeliveryState
from services.alerts.storage.pages import PageFilter
from shared.access import requires
from shared.bodies import WireRequest, require_media
from shared.instants import read_instant
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import parse_json
from shared.vocabulary import Occasion


@get("/v1/pages", guards=[requires("pages:read")])
async def get_pages(
    request: WireRequest,
    paging: Service,
    division: DivisionFilter = None,
    person: Annotated[str | None, QueryParameter(max_length=64)] = None,
    acknowledged: FromQuery[bool | None] = None,
    occasion: FromQuery[Occasion | None] = None,
    delivery: FromQuery[DeliveryState | None] = None,
    since: InstantFilter = None,
    clock_id: FromQuery[UUID | None] = None,
    cursor: PageCursor = None,
    limit: PageLimit = DEFAULT_LIMIT,
) -> Page[PageView]:
    """List pages 提醒记录, newest first, of the caller's subtree."""
    place = place_in_list(request, cursor, limit, tuple[datetime, UUID])
    which = PageFilter(
        bounds=request.user.bounds_in(paging.register, division),
        person=person,
        acknowledged=acknowledged,
        occasion=occasion,
        delivery=delivery,
        since=None if since is None else read_instant("since", since),
        clock_id=clock_id,
    )
    pages = await read_pages(paging.database, which, after=place.after, most=place.rows_wanted)
    return page_of(request, place, pages, key=lambda page: (page.created_at, page.id), show=PageView.of)


@get("/v1/pages/{page_id:uuid}", guards=[requires("pages:read")])
async def get_page(page_id: FromPath[UUID], request: WireRequest, paging: Service) -> WholePageView:
    """Return a page with every clock on it and every attempt to deliver it 一次提醒."""
    return WholePageView.of(await read_page(paging.database, page_id, principal=request.user))


@post("/v1/pages/{page_id:uuid}/acknowledge", guards=[requires("pages:acknowledge")], status_code=200)
async def post_acknowledgement(
    page_id: FromPath[UUID], request: WireRequest, paging: Service
) -> AcknowledgementView:
    """Acknowledge a page 确认提醒, for everything on it; again it is harmless, and the first one stays.

    The climb of its clocks is held for a while; the statutory clocks run on. The body may name who answers.
    """
    order = AcknowledgementOrder()
    if body := await request.body():
        require_media(request, "application/json")
        order = parse_json(body, AcknowledgementOrder)
    done = await paging.acknowledge(page_id, principal=request.user, by=order.by)
    return AcknowledgementView(
        page_id=done.page_id,
        acknowledged_at=done.acknowledged_at,
        acknowledged_by=done.acknowledged_by,
        first=done.first,
    )


PAGE_ROUTES = [get_pages, get_page, post_acknowledgement]
