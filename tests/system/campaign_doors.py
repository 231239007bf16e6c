"""The doors of campaigns and of the register of households, with a body that is good for each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.builders import A_VILLAGE
from tests.system.door import Body, Door, a_mark
from tests.system.platform import Platform
from tests.testing.campaigns.bodies import a_campaign, a_resident

SEEDED = "seed-campaign"


def _campaign(now: datetime) -> Body:
    return a_campaign(now, recorded_at=now.isoformat())


def a_queue(now: datetime) -> Body:
    """A report of a queue at the seeded campaign, of a point that nothing else names."""
    return {
        "campaign": SEEDED,
        "division": A_VILLAGE,
        "point": a_mark(),
        "at": (now - timedelta(minutes=5)).isoformat(),
        "waiting": 12,
    }


def a_household(_: datetime) -> Body:
    """An entry of the register that is not there yet."""
    return a_resident(a_mark())


CAMPAIGN_DOORS = [
    Door(
        "testing",
        "/v1/campaigns/door-campaign",
        _campaign,
        instants=("recorded_at",),
        divisions=("division",),
        texts=("name", "target"),
        method="PUT",
    ),
    Door(
        "testing",
        "/v1/campaigns/{campaign}/start",
        lambda now: {"started_at": now.isoformat()},
        instants=("started_at", "recorded_at"),
    ),
    Door(
        "testing",
        "/v1/campaigns/{campaign}/end",
        lambda now: {"reason": "完成", "ended_at": now.isoformat()},
        instants=("ended_at", "recorded_at"),
        texts=("reason",),
    ),
]

CAMPAIGN_LISTS = ["/v1/campaigns", "/v1/residents"]
_NOBODY = "00000000-0000-4000-8000-000000000000"
CAMPAIGN_KEYS: Mapping[str, Sequence[Any]] = {
    "/v1/campaigns": ("500104102", _NOBODY),
    "/v1/residents": ("500104102001", "1栋", "R-1"),
    f"/v1/campaigns/{SEEDED}/points": ("500104102001", "p-1"),
    f"/v1/campaigns/{SEEDED}/missing": ("500104102001", "1栋", "R-1"),
    f"/v1/campaigns/{SEEDED}/buildings": ("500104102001", "1栋"),
}
"""Each list with a key that its cursors may hold."""
CAMPAIGNS_BY_ID = [
    "/v1/campaigns/{}",
    "/v1/campaigns/{}/plans",
    "/v1/campaigns/{}/plans/1",
    "/v1/campaigns/{}/figures",
    "/v1/campaigns/{}/places",
    "/v1/campaigns/{}/points",
    "/v1/campaigns/{}/missing",
    "/v1/campaigns/{}/buildings",
]


async def seed_campaign(platform: Platform, now: datetime) -> dict[str, str]:
    """Put a campaign and an entry of the register into the testing service."""
    answer = await platform.clients["testing"].put(f"/v1/campaigns/{SEEDED}", json=_campaign(now))
    assert answer.status_code == 201, answer.text
    await platform.post("testing", "/v1/residents/batch", [a_household(now)])
    return {"campaign": SEEDED}
