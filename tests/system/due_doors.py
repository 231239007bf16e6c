"""The doors of sampling points and due tests, with a body that is good for each."""

from datetime import datetime
from itertools import cycle
from uuid import UUID, uuid4

from tests.builders import A_VILLAGE
from tests.system.door import Body, Door
from tests.system.platform import Platform

A_POINT = "point-of-doors"
_kinds = cycle(["couriers", "card-room", "public-toilet", "cold-chain-food", "household-checks"])


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
    Door(
        "testing",
        "/v1/due-tests/{due_test}/drop",
        lambda _: {"reason": "已排除"},
        texts=("reason",),
    ),
]


DUE_LISTS = ["/v1/sampling-points", "/v1/due-lists", "/v1/base-numbers", "/v1/coverage"]
DUE_KEYS = {
    "/v1/sampling-points": (A_VILLAGE, str(UUID(int=0))),
    "/v1/due-lists": (A_VILLAGE, str(UUID(int=0))),
    "/v1/base-numbers": (A_VILLAGE, "couriers"),
}
"""The lists, with the sort values of their cursors."""


def an_order() -> Body:
    """Somebody's test, ordered for today."""
    return {"person_id": str(uuid4()), "division": A_VILLAGE}


def another_base_number() -> Body:
    """A base number of a kind that the one before was not of."""
    return {"kind": next(_kinds), "division": A_VILLAGE, "count": 3}


async def seed_due(platform: Platform, now: datetime) -> dict[str, str]:
    """A sampling point, a base number, and a test that is due; returns the ids."""
    answer = await platform.clients["testing"].put(f"/v1/sampling-points/{A_POINT}", json=_point(now))
    assert answer.is_success, answer.text
    await platform.post(
        "testing", "/v1/base-numbers/batch", [{"kind": "couriers", "division": A_VILLAGE, "count": 3}]
    )
    ordered = await platform.post("testing", "/v1/due-tests/batch", [an_order()])
    return {"due_test": ordered["rows"][0]["due_id"]}
