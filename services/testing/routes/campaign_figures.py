"""HTTP door of what campaigns have done: figures, places, points, queues, and who has not come."""

from typing import Annotated, Literal

from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from services.testing.actions.campaigns.read_campaigns import (
    read_figures,
    read_missing,
    read_missing_by_building,
    read_places,
    read_points,
)
from services.testing.actions.campaigns.report_queues import report_queues
from services.testing.routes.lists import Service
from services.testing.storage.residents import FIRST, Building, Entry
from services.testing.wire.campaign_figures import (
    BuildingView,
    FiguresView,
    MissingView,
    PlaceList,
    PointCountsView,
    QueueReceipt,
    QueueRow,
)
from services.testing.wire.campaigns import known_code
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, with_unread

ByLevel = Annotated[
    Literal["district", "township", "village"],
    QueryParameter(name="level", description="How finely divisions are told apart."),
]
InBuilding = Annotated[
    str | None, QueryParameter(name="building", max_length=64, description="Only this building.")
]


@get("/v1/campaigns/{code:str}/figures", guards=[requires("campaigns:read")])
async def get_figures(code: FromPath[str], request: WireRequest, testing: Service) -> FiguresView:
    """Return what a campaign has done by now 进度: sampled, arrived, resulted, positive pools, forecast."""
    figures = await read_figures(
        testing.database,
        known_code(code),
        request.user,
        testing.campaigns_law.forecast,
        now=testing.clock.now(),
    )
    return FiguresView.of(figures)


@get("/v1/campaigns/{code:str}/places", guards=[requires("campaigns:read")])
async def get_places(
    code: FromPath[str],
    request: WireRequest,
    testing: Service,
    level: ByLevel = "township",
    division: FromQuery[DivisionCode | None] = None,
) -> PlaceList:
    """Return what a campaign has done by district, township or village 分区进度."""
    bounds = request.user.bounds_in(testing.divisions, division)
    places = await read_places(testing.database, known_code(code), request.user, level, bounds)
    return PlaceList.of(places)


@get("/v1/campaigns/{code:str}/points", guards=[requires("campaigns:read")])
async def get_point_figures(
    code: FromPath[str],
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[PointCountsView]:
    """List what was done by sampling point 采样点进度, with how many stand in line by the last report."""
    place = place_in_list(request, cursor, limit, tuple[str, str])
    bounds = request.user.bounds_in(testing.divisions, division)
    rows = await read_points(
        testing.database,
        known_code(code),
        request.user,
        bounds,
        place.after or ("", ""),
        place.rows_wanted,
    )
    return page_of(request, place, rows, key=lambda one: (one.division, one.point), show=PointCountsView.of)


@post(
    "/v1/queue-reports/batch",
    guards=[requires("tubes:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_queues(request: WireRequest, testing: Service) -> BatchReceipt[QueueReceipt]:
    """Take reports of queues at sampling points 排队上报, a JSON array or NDJSON, late or twice."""
    media = require_media(request, JSON, NDJSON)
    rows = read_rows(await request.body(), media, QueueRow)
    verdicts = await report_queues(
        testing.database,
        [(read.row.campaign, read.row.queue(request.user.id)) for read in rows if read.row is not None],
        registers=testing.registers,
        reaches=request.user.reaches,
        now=testing.clock.now(),
    )
    return BatchReceipt.of(
        [
            QueueReceipt(
                index=read.index,
                verdict=verdict.verdict,
                problems=[Problem.of(problem) for problem in verdict.problems],
                point=read.row.point if read.row else None,
            )
            for read, verdict in zip(rows, with_unread(rows, verdicts), strict=True)
        ]
    )


@get("/v1/campaigns/{code:str}/missing", guards=[requires("campaigns:read", "residents:read")])
async def get_missing(
    code: FromPath[str],
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_building: InBuilding = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[MissingView]:
    """List who of the register has not been sampled since the campaign began 未采样名单, by building.

    Whoever was sampled meanwhile, at whatever point and for whatever reason, has come.
    """
    place = place_in_list(request, cursor, limit, tuple[str, str, str])
    rows = await read_missing(
        testing.database,
        known_code(code),
        request.user,
        request.user.bounds_in(testing.divisions, division),
        building=in_building,
        after=place.after or FIRST,
        most=place.rows_wanted,
    )

    def position(entry: Entry) -> tuple[str, str, str]:
        return (entry.division, entry.building, entry.reference)

    return page_of(request, place, rows, key=position, show=MissingView.of)


@get("/v1/campaigns/{code:str}/buildings", guards=[requires("campaigns:read", "residents:read")])
async def get_buildings(
    code: FromPath[str],
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[BuildingView]:
    """List the buildings of the register with how many of each have not come 楼栋未采样人数."""
    place = place_in_list(request, cursor, limit, tuple[str, str])
    rows = await read_missing_by_building(
        testing.database,
        known_code(code),
        request.user,
        request.user.bounds_in(testing.divisions, division),
        place.after or ("", ""),
        place.rows_wanted,
    )

    def position(one: Building) -> tuple[str, str]:
        return (one.division, one.building)

    return page_of(request, place, rows, key=position, show=BuildingView.of)


ROUTES = [get_figures, get_places, get_point_figures, post_queues, get_missing, get_buildings]
