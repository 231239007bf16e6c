"""HTTP door of residents who leave, and of what destinations ask."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter

from services.registration.actions.movement.put_demand import put_demand
from services.registration.actions.movement.read_departures import (
    list_demands,
    list_departures,
    read_departure,
    show_departure,
)
from services.registration.actions.movement.record_departure import record_departure, withdraw_departure
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.day_count import day_of
from services.registration.rules.movement.departure import problems_of, times_ahead
from services.registration.rules.people import person
from services.registration.storage.movement import Demand
from services.registration.wire.departures import (
    DemandFields,
    DemandView,
    DepartureReceipt,
    DepartureRow,
    DepartureView,
)
from shared.access import requires
from shared.areas import canonical_area
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, Forbidden, InvalidInput
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.verdicts import Verdict

LEDGER = "departures"
KEPT_BY = "municipality"
"""The level whose keys say what destinations ask; all below read it."""

Area = Annotated[str, PathParameter(description="The code of an area, as in routes.")]


@post(
    "/v1/departures",
    guards=[requires("movement:write")],
    status_code=201,
    responses={200: ResponseSpec(DepartureReceipt, description="A repetition of what is on record already.")},
)
async def post_departure(
    data: JSONBody[DepartureRow], request: WireRequest, registration: Service
) -> Response[DepartureReceipt]:
    """Tell that a resident leaves 离渝报备; the test that the destination asks for is told as an event."""
    now = registration.clock.now()
    stated = data.stated(now=now, received_from=request.user.id)
    problems = problems_of(
        destination=stated.destination,
        division=stated.division,
        areas=registration.areas,
        divisions=registration.divisions,
    )
    problems += times_ahead(stated.recorded_at, now)
    leaver = data.leaver()
    if leaver is not None:
        found = person.problems_of(
            leaver, day_of(now), registration.divisions, registration.keeping.occupations
        )
        problems += [
            FieldProblem(f"person.{one.field}", one.reason) for one in found if one.field != "division"
        ]
    if problems:
        raise InvalidInput("The departure has fields that are refused.", problems=problems)
    request.user.must_reach(stated.division)
    recorded = await record_departure(
        registration.database,
        stated,
        leaver,
        registration.movement.departures,
        registration.sealer,
        bounds=request.user.bounds(),
        now=now,
    )
    registration.wake()
    registration.metrics.statements.labels(LEDGER, recorded.verdict).inc()
    shown = await show_departure(registration.database, recorded.held, day_of(now))
    receipt = DepartureReceipt.after(shown, recorded.verdict)
    return Response(receipt, status_code=201 if recorded.verdict is Verdict.STORED else 200)


@post("/v1/departures/{departure_id:uuid}/withdraw", guards=[requires("movement:write")], status_code=200)
async def post_withdrawal(
    departure_id: FromPath[UUID], request: WireRequest, registration: Service
) -> DepartureView:
    """Tell that somebody does not leave after all 取消离渝; the test before it is dropped."""
    now = registration.clock.now()
    held = await withdraw_departure(
        registration.database,
        departure_id,
        bounds=request.user.bounds(),
        now=now,
        received_from=request.user.id,
    )
    registration.wake()
    return DepartureView.of(await show_departure(registration.database, held, day_of(now)))


@get("/v1/departures/{departure_id:uuid}", guards=[requires("movement:read")])
async def get_departure(
    departure_id: FromPath[UUID], request: WireRequest, registration: Service
) -> DepartureView:
    """Return a departure 离渝详情 with its test and, once there is one, the return after it."""
    today = day_of(registration.clock.now())
    bounds = request.user.bounds()
    return DepartureView.of(await read_departure(registration.database, departure_id, bounds, today))


@get("/v1/departures", guards=[requires("movement:read")])
async def get_departures(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[DepartureView]:
    """List the residents who leave 离渝人员名单 of a subtree, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_departures(registration.database, window, day_of(registration.clock.now()))
    return page_of(request, place, rows, key=position_of, show=DepartureView.of)


@put(
    "/v1/destination-demands/{area:str}",
    guards=[requires("movement:write")],
    status_code=200,
    responses={201: ResponseSpec(DemandView, description="The first of its area.")},
)
async def put_destination_demand(
    area: Area, data: JSONBody[DemandFields], request: WireRequest, registration: Service
) -> Response[DemandView]:
    """Enter what a destination asks of whoever comes 目的地防控要求; for keys of the municipality.

    Departures that lie ahead and lead there get the test that is asked for now.
    """
    now = registration.clock.now()
    if registration.divisions.get(request.user.division).level != KEPT_BY:
        raise Forbidden("What destinations ask is entered by the municipality.")
    if area not in registration.areas:
        raise InvalidInput("The area is not known.", problems=[FieldProblem("area", "unknown area")])
    recorded_at = data.recorded_at or now
    refuse_future("recorded_at", recorded_at, now)
    demand = Demand(canonical_area(area), data.negative_within_hours, data.source, recorded_at)
    kept, is_new = await put_demand(
        registration.database,
        demand,
        registration.movement.departures,
        now=now,
        received_from=request.user.id,
    )
    registration.wake()
    return Response(DemandView.of(kept), status_code=201 if is_new else 200)


@get("/v1/destination-demands", guards=[requires("movement:read")])
async def get_destination_demands(
    request: WireRequest,
    registration: Service,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[DemandView]:
    """List what destinations ask 目的地防控要求, in the order of their codes; the same for everybody."""
    place = place_in_list(request, cursor, limit, tuple[str])
    rows = await list_demands(registration.database, place.after[0] if place.after else "", place.rows_wanted)
    return page_of(request, place, rows, key=lambda row: (row.area,), show=DemandView.of)


ROUTES = [
    post_departure,
    post_withdrawal,
    get_departure,
    get_departures,
    put_destination_demand,
    get_destination_demands,
]
