"""HTTP door of campaigns that test a whole population: parse, act, answer."""

import re
from typing import Annotated

from litestar import Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.testing.actions.campaigns.keep_campaign import end_campaign, start_campaign, state_campaign
from services.testing.actions.campaigns.plan_campaign import order_plan, read_plan, read_plans
from services.testing.actions.campaigns.read_campaigns import list_campaigns, read_campaign
from services.testing.routes.lists import POSITION, Service, position_of, window_of
from services.testing.rules.campaigns.campaign import CampaignState, problems_of
from services.testing.wire.campaign_plans import PlanBrief, PlanList, PlanView
from services.testing.wire.campaigns import (
    CampaignBody,
    CampaignView,
    EndBody,
    StartBody,
    code_in_path,
    known_code,
)
from shared.access import requires
from shared.bodies import WireRequest, refuse_body
from shared.divisions import DivisionCode
from shared.errors import InvalidInput, NotFound
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list

LARGEST_CAMPAIGN_BYTES = 8 * 1024 * 1024
"""A municipality with a point in each of 11,270 villages takes a quarter of it."""
InState = Annotated[
    CampaignState | None, QueryParameter(name="state", description="Only campaigns of this state.")
]


@put(
    "/v1/campaigns/{code:str}",
    guards=[requires("campaigns:write")],
    status_code=200,
    request_max_body_size=LARGEST_CAMPAIGN_BYTES,
    responses={201: ResponseSpec(CampaignView, description="The campaign is new, planned until it starts.")},
)
async def put_campaign(
    code: FromPath[str], data: JSONBody[CampaignBody], request: WireRequest, testing: Service
) -> Response[CampaignView]:
    """State a campaign 全员检测行动 whole: divisions, population, target, points, teams, laboratories."""
    now, stated = testing.clock.now(), data.stated(code_in_path(code))
    if problems := problems_of(stated, testing.campaigns_law, testing.divisions, now):
        raise InvalidInput("The campaign has fields that are refused.", problems=problems)
    request.user.must_reach(stated.division)
    recorded_at = data.recorded_at or now
    refuse_future("recorded_at", recorded_at, now)
    kept = await state_campaign(
        testing.database, stated, testing.campaigns_law, request.user, recorded_at=recorded_at, now=now
    )
    return Response(CampaignView.of(kept.campaign), status_code=201 if kept.is_new else 200)


@get("/v1/campaigns/{code:str}", guards=[requires("campaigns:read")])
async def get_campaign(code: FromPath[str], request: WireRequest, testing: Service) -> CampaignView:
    """Return a campaign."""
    return CampaignView.of(await read_campaign(testing.database, known_code(code), request.user))


@get("/v1/campaigns", guards=[requires("campaigns:read")])
async def get_campaigns(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[CampaignView]:
    """List the campaigns of a subtree 行动清单, by the division that runs them."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(testing, request.user, division, place)
    rows = await list_campaigns(testing.database, window, in_state)
    return page_of(request, place, rows, key=position_of, show=CampaignView.of)


@post("/v1/campaigns/{code:str}/plans", guards=[requires("campaigns:write")], status_code=202)
async def post_plan(code: FromPath[str], request: WireRequest, testing: Service) -> PlanView:
    """Ask for a plan 规划: can it be done, what limits it, what support closes the gap.

    What the campaign and the registers say at this moment is asked and kept. The answer is there after
    seconds, for a whole municipality after a minute; the plan says so.
    """
    await refuse_body(request, "What the plan shall reckon with is stated in the campaign.")
    plan = await order_plan(
        testing.database,
        known_code(code),
        testing.campaigns_law,
        testing.laboratories_law,
        request.user,
        now=testing.clock.now(),
    )
    return PlanView.of(plan, testing.campaigns_law.support)


@get("/v1/campaigns/{code:str}/plans", guards=[requires("campaigns:read")])
async def get_plans(code: FromPath[str], request: WireRequest, testing: Service) -> PlanList:
    """List the plans of a campaign, the last first."""
    plans = await read_plans(testing.database, known_code(code), request.user)
    return PlanList(items=[PlanBrief.of(plan) for plan in plans])


@get("/v1/campaigns/{code:str}/plans/{number:str}", guards=[requires("campaigns:read")])
async def get_plan(
    code: FromPath[str], number: FromPath[str], request: WireRequest, testing: Service
) -> PlanView:
    """Return a plan with what it found 规划结论."""
    if re.fullmatch(r"[1-9][0-9]{0,8}", number, re.ASCII) is None:
        raise NotFound("There is no such plan.")
    plan = await read_plan(testing.database, known_code(code), int(number), request.user)
    return PlanView.of(plan, testing.campaigns_law.support)


@post("/v1/campaigns/{code:str}/start", guards=[requires("campaigns:write")], status_code=200)
async def post_start(
    code: FromPath[str], data: JSONBody[StartBody], request: WireRequest, testing: Service
) -> CampaignView:
    """Begin a campaign 启动: its limit runs from now on, and how many are to be tested is fixed."""
    now = testing.clock.now()
    started_at, recorded_at = data.started_at or now, data.recorded_at or now
    refuse_future("started_at", started_at, now)
    refuse_future("recorded_at", recorded_at, now)
    campaign = await start_campaign(
        testing.database,
        known_code(code),
        testing.campaigns_law,
        request.user,
        started_at=started_at,
        recorded_at=recorded_at,
        now=now,
    )
    testing.wake()
    return CampaignView.of(campaign)


@post("/v1/campaigns/{code:str}/end", guards=[requires("campaigns:write")], status_code=200)
async def post_end(
    code: FromPath[str], data: JSONBody[EndBody], request: WireRequest, testing: Service
) -> CampaignView:
    """End a campaign 结束, with the reason; what was counted stays."""
    now = testing.clock.now()
    ended_at, recorded_at = data.ended_at or now, data.recorded_at or now
    refuse_future("ended_at", ended_at, now)
    refuse_future("recorded_at", recorded_at, now)
    campaign = await end_campaign(
        testing.database,
        known_code(code),
        request.user,
        reason=data.reason,
        ended_at=ended_at,
        recorded_at=recorded_at,
        now=now,
    )
    testing.wake()
    return CampaignView.of(campaign)


ROUTES = [
    put_campaign,
    get_campaign,
    get_campaigns,
    post_plan,
    get_plans,
    get_plan,
    post_start,
    post_end,
]
