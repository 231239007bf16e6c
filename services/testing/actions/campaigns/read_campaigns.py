"""Read campaigns: what they are, what was done, when they will be done, who has not come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.testing.actions.campaigns.keep_campaign import find_campaign
from services.testing.actions.campaigns.plan_campaign import points_of
from services.testing.rules.campaigns.campaign import Campaign, CampaignState, openings_of
from services.testing.rules.campaigns.counting import NO_LABORATORY, NOTHING, Counts
from services.testing.rules.campaigns.forecast import Forecast, Opening, Progress, foretell
from services.testing.storage import campaign_counts, campaigns, residents
from services.testing.storage.campaign_counts import PlaceCounts, PointCounts
from services.testing.storage.listing import Window
from services.testing.storage.residents import Building, BuildingPosition, Entry, Position, Since
from shared.access import Principal
from shared.day_count import day_of
from shared.policy.campaigns import ForecastLaw
from shared.postgres import Connection, Database

DIGITS = {"district": 6, "township": 9, "village": 12}
FAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a campaign has done, and when it will be done."""

    campaign: Campaign
    total: Counts
    by_laboratory: Mapping[str, Counts]
    hours: Mapping[datetime, Counts]
    """Over all laboratories."""
    forecast: Forecast | None
    """None for a campaign that does not run."""


async def read_campaign(database: Database, code: str, user: Principal) -> Campaign:
    """Return a campaign; raises NotFound."""
    async with database.connection() as connection:
        return await find_campaign(connection, code, user)


async def list_campaigns(database: Database, window: Window, state: CampaignState | None) -> list[Campaign]:
    """Return the campaigns of a window, with one row to spare."""
    async with database.connection() as connection:
        return await campaigns.list_page(connection, window, state)


async def read_figures(
    database: Database, code: str, user: Principal, law: ForecastLaw, *, now: datetime
) -> Figures:
    """Return what a campaign has done by now, with its forecast; raises NotFound."""
    async with database.connection() as connection:
        held = await find_campaign(connection, code, user)
        return await figures_of(connection, held, law, now=now)


async def figures_of(connection: Connection, held: Campaign, law: ForecastLaw, *, now: datetime) -> Figures:
    """Return what a campaign has done by now, with its forecast while it runs."""
    done = await campaign_counts.by_hour(connection, held.id)
    total = NOTHING
    for counts in done.by_hour.values():
        total = total.plus(counts)
    forecast = None
    if held.state is CampaignState.RUNNING:
        points = await points_of(connection, held.stated)
        forecast = _foretell(held, done.by_hour, law, openings_of(points), now)
    return Figures(
        held,
        total,
        {code: counts for code, counts in done.by_laboratory.items() if code != NO_LABORATORY},
        done.by_hour,
        forecast,
    )


def _foretell(
    held: Campaign,
    by_hour: Mapping[datetime, Counts],
    law: ForecastLaw,
    openings: Sequence[Opening],
    now: datetime,
) -> Forecast:
    assert held.started_at is not None
    assert held.people is not None
    progress = Progress(
        people=held.people,
        started_at=held.started_at,
        due_at=held.due_at,
        sampled={hour: counts.sampled_people for hour, counts in by_hour.items()},
        arrived={hour: counts.arrived_people for hour, counts in by_hour.items()},
        resulted={hour: counts.resulted_people for hour, counts in by_hour.items()},
    )
    return foretell(
        progress,
        law,
        openings=openings,
        way=held.stated.way,
        turnaround=held.stated.turnaround,
        now=now,
    )


async def read_places(
    database: Database, code: str, user: Principal, level: str, bounds: tuple[str, str]
) -> list[PlaceCounts]:
    """Return what a campaign has done by district, township or village of a subtree; raises NotFound."""
    async with database.connection() as connection:
        held = await find_campaign(connection, code, user)
        return await campaign_counts.by_place(connection, held.id, bounds, DIGITS[level])


async def read_points(
    database: Database,
    code: str,
    user: Principal,
    bounds: tuple[str, str],
    after: tuple[str, str],
    most: int,
) -> list[PointCounts]:
    """Return what a campaign has done by point, with the queue there; raises NotFound."""
    async with database.connection() as connection:
        held = await find_campaign(connection, code, user)
        return await campaign_counts.by_point(connection, held.id, bounds, after, most)


async def read_missing(
    database: Database,
    code: str,
    user: Principal,
    bounds: tuple[str, str],
    *,
    building: str | None,
    after: Position,
    most: int,
) -> list[Entry]:
    """Return who of the register has not come to a campaign; raises NotFound."""
    async with database.connection() as connection:
        held = await find_campaign(connection, code, user)
        within = _within(held, bounds)
        if (since := _since(held)) is None or within is None:
            return []
        return await residents.missing(connection, within, since, building=building, after=after, most=most)


async def read_missing_by_building(
    database: Database,
    code: str,
    user: Principal,
    bounds: tuple[str, str],
    after: BuildingPosition,
    most: int,
) -> list[Building]:
    """Return the buildings of a campaign with how many of each have not come; raises NotFound."""
    async with database.connection() as connection:
        held = await find_campaign(connection, code, user)
        within = _within(held, bounds)
        if (since := _since(held)) is None or within is None:
            return []
        return await residents.missing_by_building(connection, within, since, after, most)


def _within(held: Campaign, bounds: tuple[str, str]) -> tuple[str, str] | None:
    """Narrow bounds to the campaign's own division; None when they do not meet."""
    low, high = max(bounds[0], held.division), min(bounds[1], held.division + "~")
    if held.division.endswith("0000") and len(held.division) == len("500000"):
        low, high = max(bounds[0], held.division[:2]), min(bounds[1], held.division[:2] + "~")
    return (low, high) if low < high else None


def _since(held: Campaign) -> Since | None:
    if held.started_at is None:
        return None
    return Since(held.started_at, held.ended_at or held.started_at + FAR, day_of(held.started_at))
