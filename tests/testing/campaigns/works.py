"""Campaigns of a made-up district for the planner's tests, small and large."""

from datetime import datetime, time, timedelta

from services.testing.rules.campaigns.campaign_facts import (
    Area,
    Laboratory,
    PlanningLaw,
    Point,
    Transport,
    Work,
)
from shared.clock import SHANGHAI
from shared.policy import load_pack
from shared.policy.campaigns import CampaignsFile, Resource, Support, SupportUnit
from shared.policy.values import Text
from shared.settings import PROJECT

MORNING = datetime(2021, 2, 1, 8, tzinfo=SHANGHAI)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ALWAYS = time(0)


def real_law() -> CampaignsFile:
    """What the pack of the project says of campaigns."""
    law = load_pack(PROJECT / "policies" / "chongqing-2021-winter").campaigns
    assert law is not None
    return law


def a_point(code: str, division: str, **given: object) -> Point:
    """A point with one post, open around the clock, ten people an hour."""
    facts = {
        "code": code,
        "division": division,
        "serves": (division,),
        "posts": 1,
        "people_per_hour": 10.0,
        "opens": ALWAYS,
        "closes": ALWAYS,
    }
    return Point(**{**facts, **given})  # pyright: ignore[reportArgumentType]


def a_laboratory(code: str, division: str, *, extraction_per_hour: float, pcr_per_hour: float) -> Laboratory:
    return Laboratory(code, division, 24 * extraction_per_hour, 24 * pcr_per_hour)


def a_work(
    areas: dict[str, int], points: list[Point], laboratories: list[Laboratory], **given: object
) -> Work:
    """A work of single tubes without waits: a way takes less than an hour."""
    facts = {
        "areas": tuple(Area(division, people) for division, people in areas.items()),
        "points": tuple(points),
        "laboratories": tuple(laboratories),
        "transport": Transport(1, 100, (), 30.0, 90.0),
        "teams": 10,
        "team_hours": 24.0,
        "pool_size": 1,
        "filled": 1.0,
        "starts_at": MORNING,
        "collected_every": timedelta(),
        "turnaround": timedelta(),
    }
    return Work(**{**facts, **given})  # pyright: ignore[reportArgumentType]


def a_support(**amounts: float) -> Support:
    """Units of support, each one of what it is of, and an hour's tube a unit at laboratories."""
    wording = Text(zh="支援", en="support")
    weights = {"hands": 1.0, "posts": 0.5, "transport": 2.0, "extraction": 4.0, "pcr": 4.0}
    units = {"hands": 1.0, "posts": 1.0, "transport": 1.0, "extraction": 24.0, "pcr": 24.0, **amounts}
    return Support(
        units=tuple(
            SupportUnit(kind=kind, title=wording, amount=units[kind], weight=weights[kind])
            for kind in Resource
        )
    )


def a_law(hours: int, support: Support | None = None) -> PlanningLaw:
    return PlanningLaw(timedelta(hours=hours), None, support or a_support())
