"""HTTP door of the responsibility grid."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.care.fill_grid import GridTools, drop_responsibility, fill_grid
from services.registration.actions.care.read_five import list_changes, list_charges
from services.registration.actions.care.read_grid import find_staff, read_grid, read_staff
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.care.grid_document import (
    ReadEntry,
    StaffEntry,
    StaffFields,
    read_document,
)
from services.registration.service import Registration
from services.registration.storage.charges import ChargeChange
from services.registration.wire.five import ChargeChangeView, OwnChargeView
from services.registration.wire.grid import GridReceipt, StaffView, VillageGridView
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.instants import read_instant
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.row_documents import MEDIA
from shared.strict_json import parse_json
from shared.verdicts import Verdict

CHANGE_POSITION = tuple[datetime, UUID, str]
"""The sort values of what began and ended: time, charge, and which of both."""
BEGINNING = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0), "")
Since = Annotated[
    str | None, QueryParameter(name="since", max_length=64, description="Only from then on; RFC 3339.")
]
GapsOnly = Annotated[bool, QueryParameter(description="Only villages where somebody is missing.")]


def _tools(registration: Registration) -> GridTools:
    return GridTools(
        registration.database, registration.divisions, registration.care_law, registration.sealer
    )


@post("/v1/grid", guards=[requires("grid:write")], status_code=200, request_max_body_size=BODY_LIMIT_BYTES)
async def post_grid(request: WireRequest, registration: Service) -> GridReceipt:
    """Fill the grid from a document 导入责任网格: JSON, JSON lines, YAML or CSV, up to 10,000 rows.

    Each row gets a verdict of its own. Safe to send twice: what is on record already is `duplicate`.
    """
    media = require_media(request, *MEDIA)
    entries = await asyncio.to_thread(read_document, await request.body(), media)
    verdicts = await fill_grid(
        _tools(registration), entries, principal=request.user, now=registration.clock.now()
    )
    return GridReceipt.of(entries, verdicts)


@put(
    "/v1/grid/people/{key:str}",
    guards=[requires("grid:write")],
    status_code=201,
    responses={200: ResponseSpec(StaffView, description="Exactly this was on record already.")},
)
async def put_staff(
    key: FromPath[str], data: JSONBody[StaffFields], request: WireRequest, registration: Service
) -> Response[StaffView]:
    """Store somebody who can be responsible 责任人; when they have left, others get whatever they had."""
    request.user.must_reach(data.division)
    fields = json.dumps({"id": key, **data.model_dump()}).encode()
    entry: StaffEntry = parse_json(fields, StaffEntry)
    (verdict,) = await fill_grid(
        _tools(registration), [ReadEntry("", entry)], principal=request.user, now=registration.clock.now()
    )
    if verdict.verdict is Verdict.REFUSED:
        raise InvalidInput("The entry has fields that are refused.", problems=verdict.problems)
    view = StaffView.of(await find_staff(registration.database, key), registration.sealer)
    return Response(view, status_code=201 if verdict.verdict is Verdict.STORED else 200)


@get("/v1/grid/people", guards=[requires("grid:read")])
async def get_staff(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[StaffView]:
    """List the responsible people 责任人名单 of a subtree; names and telephones are masked."""
    place = place_in_list(request, cursor, limit, tuple[str])
    bounds = request.user.bounds_in(registration.divisions, division)
    after = place.after[0] if place.after else None
    people = await read_staff(registration.database, bounds, after=after, most=place.rows_wanted)
    return page_of(
        request,
        place,
        people,
        key=lambda one: (one.staff.key,),
        show=lambda one: StaffView.of(one, registration.sealer),
    )


@get("/v1/grid/people/{key:str}/charges", guards=[requires("grid:read")])
async def get_charges(
    key: FromPath[str],
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[OwnChargeView]:
    """List for whom somebody answers now 责任人包联名单, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    stored = await find_staff(registration.database, key)
    request.user.must_find(stored.staff.division, "This person")
    rows = await list_charges(registration.database, stored.staff.id, window)
    return page_of(request, place, rows, key=position_of, show=OwnChargeView.of)


@get("/v1/grid/people/{key:str}/changes", guards=[requires("grid:read")])
async def get_changes(
    key: FromPath[str],
    request: WireRequest,
    registration: Service,
    since: Since = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[ChargeChangeView]:
    """List who came to somebody and who left them 责任人包联变动, in the order of time.

    Both sides of a change find it; it goes out as the events `charge-assigned` and `charge-ended` too.
    """
    place = place_in_list(request, cursor, limit, CHANGE_POSITION)
    stored = await find_staff(registration.database, key)
    request.user.must_find(stored.staff.division, "This person")
    begin = BEGINNING if since is None else (read_instant("since", since), UUID(int=0), "")
    rows = await list_changes(
        registration.database,
        stored.staff.id,
        request.user.bounds(),
        place.after or begin,
        place.rows_wanted,
    )
    return page_of(request, place, rows, key=_position_of_change, show=ChargeChangeView.of)


def _position_of_change(told: ChargeChange) -> tuple[str, str, str]:
    return (told.changed_at.isoformat(), str(told.id), told.kind)


@get("/v1/grid", guards=[requires("grid:read")])
async def get_grid(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    gaps_only: GapsOnly = False,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[VillageGridView]:
    """Say village by village who answers for what, and what is missing 责任网格与缺口."""
    place = place_in_list(request, cursor, limit, tuple[str])
    villages = await read_grid(
        registration.database,
        registration.divisions,
        registration.care_law,
        within=request.user.bounds_in(registration.divisions, division),
        after=place.after[0] if place.after else "",
        most=place.rows_wanted,
        gaps_only=gaps_only,
    )
    return page_of(
        request,
        place,
        villages,
        key=lambda one: (one.village.code,),
        show=lambda one: VillageGridView.of(one, registration.divisions),
    )


@delete("/v1/grid/responsibilities/{responsibility_id:uuid}", guards=[requires("grid:write")])
async def delete_responsibility(
    responsibility_id: FromPath[UUID], request: WireRequest, registration: Service
) -> None:
    """Take a responsibility off the grid 撤销责任分工; whoever was charged by it gets somebody else."""
    await drop_responsibility(
        registration.database, responsibility_id, principal=request.user, now=registration.clock.now()
    )


ROUTES = [post_grid, put_staff, get_staff, get_charges, get_changes, get_grid, delete_responsibility]
