"""Watch the forecasts of running campaigns, and tell once each time that one crosses its limit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.testing.actions.campaigns.read_campaigns import Figures, figures_of
from services.testing.rules.campaigns.campaign import Campaign, CampaignState
from services.testing.rules.campaigns.forecast import Standing
from services.testing.storage import campaigns
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.testing import CampaignBehind, CampaignOnTrack
from shared.policy.campaigns import ForecastLaw
from shared.postgres import Connection, Database


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen, and whether something was told."""

    figures: list[Figures]
    told: bool


async def watch_campaigns(database: Database, law: ForecastLaw, *, now: datetime) -> Watched:
    """Look at every running campaign; a crossing is written and told in one transaction."""
    async with database.connection() as connection:
        running = await campaigns.running(connection)
    seen: list[Figures] = []
    told = False
    for one in running:
        async with database.transaction() as connection:
            await campaigns.lock(connection, one.stated.code)
            held = await campaigns.find(connection, one.stated.code)
            if held is None or held.state is not CampaignState.RUNNING:
                continue
            figures = await figures_of(connection, held, law, now=now)
            seen.append(figures)
            told = await _tell(connection, held, figures, now) or told
    return Watched(seen, told)


async def _tell(connection: Connection, held: Campaign, figures: Figures, now: datetime) -> bool:
    assert figures.forecast is not None
    standing = figures.forecast.standing
    if standing is Standing.BEHIND and not held.is_behind:
        event, crossing = _behind(held, figures, now), held.crossings + 1
    elif held.is_behind and standing in (Standing.ON_TRACK, Standing.DONE):
        because = "done" if standing is Standing.DONE else "forecast"
        event, crossing = _on_track(held, because, now), held.crossings
    else:
        return False
    is_behind = standing is Standing.BEHIND
    await campaigns.cross_limit(connection, held.id, is_behind=is_behind, crossings=crossing, now=now)
    await outbox.put(connection, [event], now=now)
    return True


def _behind(held: Campaign, figures: Figures, now: datetime) -> Envelope:
    assert figures.forecast is not None
    crossing = held.crossings + 1
    event = CampaignBehind(
        division=held.division,
        occurred_at=now,
        recorded_at=now,
        campaign_id=held.id,
        crossing=crossing,
        due_at=held.due_at,
        finish_at=figures.forecast.resulted and figures.forecast.resulted.middle,
        people=held.people or 0,
        sampled=figures.total.sampled_people,
        resulted=figures.total.resulted_people,
    )
    return envelop(event, id=derived_id(event.TYPE, held.id, crossing))


def _on_track(held: Campaign, because: Literal["forecast", "done"], now: datetime) -> Envelope:
    event = CampaignOnTrack(
        division=held.division,
        occurred_at=now,
        recorded_at=now,
        campaign_id=held.id,
        crossing=held.crossings,
        because=because,
    )
    return envelop(event, id=derived_id(event.TYPE, held.id, held.crossings))
