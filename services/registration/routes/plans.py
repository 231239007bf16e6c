"""HTTP door of plans."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.plans.preview_plan import preview_plan
from services.registration.actions.plans.read_plans import list_plans, read_plan, read_plan_of
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.plans.next_version import PlanState
from services.registration.rules.plans.preview import problems_of
from services.registration.wire.plans import DecisionView, PlanHistory, PlanView, PreviewRow
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

InState = Annotated[PlanState | None, QueryParameter(name="state", description="Only plans of this state.")]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""


@get("/v1/plans/{plan_id:uuid}", guards=[requires("plans:read")])
async def get_plan(plan_id: FromPath[UUID], request: WireRequest, registration: Service) -> PlanHistory:
    """Return a plan 管理方案 with all its versions: every measure that fitted, with clause and facts."""
    return PlanHistory.of_file(await read_plan(registration.database, plan_id, request.user.bounds()))


@get("/v1/people/{person_id:uuid}/plan", guards=[requires("plans:read")])
async def get_plan_of_person(
    person_id: FromPath[UUID], request: WireRequest, registration: Service
) -> PlanHistory:
    """Return the open plan of a person 某人的管理方案, or else the newest, with all its versions."""
    return PlanHistory.of_file(await read_plan_of(registration.database, person_id, request.user.bounds()))


@get("/v1/plans", guards=[requires("plans:read")])
async def get_plans(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[PlanView]:
    """List plans 管理方案列表 of a subtree, all or those of one state, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_plans(registration.database, window, in_state)
    return page_of(request, place, rows, key=position_of, show=PlanView.of)


@post("/v1/plans/preview", guards=[requires("plans:read")], status_code=200)
async def post_preview(
    data: JSONBody[PreviewRow], request: WireRequest, registration: Service
) -> DecisionView:
    """Judge facts of nobody in particular 方案试算: which measures fit, and the plan; nothing is kept."""
    del request
    now = registration.clock.now()
    journey, grounds = data.told_at(now), [one.ground for one in data.grounds]
    problems = problems_of(
        journey,
        data.papers(),
        data.arrived_at,
        occupation=data.occupation,
        grounds=grounds,
        law=registration.measures,
        areas=registration.areas,
        now=now,
    )
    if problems:
        raise InvalidInput("The facts have fields that are refused.", problems=problems)
    decision = await preview_plan(
        registration.database,
        data.arrived_at,
        journey,
        registration.measures,
        occupation=data.occupation,
        grounds=grounds,
    )
    return DecisionView.model_validate(decision)


ROUTES = [get_plan, get_plan_of_person, get_plans, post_preview]
