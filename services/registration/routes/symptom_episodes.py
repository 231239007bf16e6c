"""HTTP door of episodes of symptoms."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.registration.actions.care.follow_episode import (
    FollowedEpisode,
    list_episodes,
    read_episode,
    take_step,
)
from services.registration.routes.lists import POSITION, Service, position_of, window_of
from services.registration.rules.care.symptom_episode import EpisodeState
from services.registration.wire.symptom_episodes import (
    EpisodeHistory,
    EpisodeReceipt,
    EpisodeView,
    FollowUpRow,
    OutcomeRow,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.verdicts import Verdict

InState = Annotated[
    EpisodeState | None, QueryParameter(name="state", description="Only episodes of this state.")
]
"""The query parameter `state`, a name that Litestar keeps for itself among a handler's arguments."""

REPEATED = {200: ResponseSpec(EpisodeReceipt, description="A repetition of what is on record already.")}


def _answer(followed: FollowedEpisode) -> Response[EpisodeReceipt]:
    status = 201 if followed.verdict is Verdict.STORED else 200
    return Response(EpisodeReceipt.after(followed), status_code=status)


@post(
    "/v1/symptom-episodes/{episode_id:uuid}/follow-ups",
    guards=[requires("health:write")],
    status_code=201,
    responses=REPEATED,
)
async def post_follow_up(
    episode_id: FromPath[UUID], data: JSONBody[FollowUpRow], request: WireRequest, registration: Service
) -> Response[EpisodeReceipt]:
    """Tell what was done about somebody's symptoms 症状跟进."""
    now = registration.clock.now()
    step = data.taken(episode_id, now=now, received_from=request.user.id)
    return _answer(await take_step(registration.database, step, bounds=request.user.bounds(), now=now))


@post(
    "/v1/symptom-episodes/{episode_id:uuid}/close",
    guards=[requires("health:write")],
    status_code=201,
    responses=REPEATED,
)
async def post_outcome(
    episode_id: FromPath[UUID], data: JSONBody[OutcomeRow], request: WireRequest, registration: Service
) -> Response[EpisodeReceipt]:
    """Close an episode of symptoms with its outcome 症状转归; it stays closed."""
    now = registration.clock.now()
    step = data.taken(episode_id, now=now, received_from=request.user.id)
    return _answer(await take_step(registration.database, step, bounds=request.user.bounds(), now=now))


@get("/v1/symptom-episodes/{episode_id:uuid}", guards=[requires("health:read")])
async def get_episode(
    episode_id: FromPath[UUID], request: WireRequest, registration: Service
) -> EpisodeHistory:
    """Return an episode of symptoms with everything that was done about it 症状跟进详情."""
    episode, said = await read_episode(registration.database, episode_id, request.user.bounds())
    return EpisodeHistory.with_steps(episode, said)


@get("/v1/symptom-episodes", guards=[requires("health:read")])
async def get_episodes(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_state: InState = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[EpisodeView]:
    """List episodes of symptoms 症状人员名单 of a subtree, all or those of one state, by division."""
    place = place_in_list(request, cursor, limit, POSITION)
    window = window_of(registration, request.user, division, place)
    rows = await list_episodes(registration.database, window, in_state)
    return page_of(request, place, rows, key=position_of, show=EpisodeView.of)


ROUTES = [post_follow_up, post_outcome, get_episode, get_episodes]
