"""The doors of sampling points and due tests, with a body that is good for each."""

from datetime import datetime

from tests.builders import A_VILLAGE
from tests.system.door import Body, Door
from tests.system.platform import Platform

A_POINT = "point-of-doors"


def _point(_: datetime) -> Body:
    return {
        "division": A_VILLAGE,
        "name": "村委会采样点",
        "address": "村委会",
        "serves": [A_VILLAGE],
        "hours": [{"opens": "08:30", "closes": "17:00"}],
        "teams": [{"code": "team-1", "hands": 2, "trained_on": "2020-12-01"}],
    }


DUE_DOORS = [
    Door(
        "testing",
        f"/v1/sampling-points/{A_POINT}",
        _point,
        divisions=("division",),
        texts=("kind", "name", "address"),
        method="PUT",
    ),
]


async def seed_due(platform: Platform, now: datetime) -> None:
    """A sampling point."""
    answer = await platform.clients["testing"].put(f"/v1/sampling-points/{A_POINT}", json=_point(now))
    assert answer.is_success, answer.text
