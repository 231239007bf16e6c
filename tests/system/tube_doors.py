"""The doors of tubes and of the chain, with a body that is good for each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.builders import A_VILLAGE
from tests.system.door import Body, Door, a_mark
from tests.system.platform import Platform


def a_tube(now: datetime) -> Body:
    return {
        "code": a_mark(),
        "division": A_VILLAGE,
        "point": "point-1",
        "size": 10,
        "opened_at": (now - timedelta(hours=2)).isoformat(),
        "members": [{"person_id": str(uuid4())}, {"position": 2, "category": "returned"}],
    }


def a_step(now: datetime) -> Body:
    return {
        "kind": "received",
        "at": (now - timedelta(hours=1)).isoformat(),
        "tube_code": a_mark(),
        "division": A_VILLAGE,
        "institution": "500104-cdc",
        "temperature_celsius": 4.5,
    }


TUBE_DOORS = [
    Door(
        "testing",
        "/v1/tubes",
        a_tube,
        instants=("opened_at", "recorded_at"),
        divisions=("division",),
        texts=("code", "point", "laboratory"),
    ),
    Door(
        "testing",
        "/v1/tube-steps",
        a_step,
        instants=("at", "recorded_at"),
        divisions=("division",),
        institutions=("institution",),
        texts=("tube_code", "kind", "place", "box"),
    ),
]

TUBE_LISTS = ["/v1/tubes", "/v1/pools"]
_NOBODY = "00000000-0000-4000-8000-000000000000"
TUBE_KEYS: Mapping[str, Sequence[Any]] = dict.fromkeys(TUBE_LISTS, ("2021-02-01T00:00:00Z", _NOBODY))
"""Each list with a key that its cursors may hold."""
TUBES_BY_ID = ["/v1/tubes/{}", "/v1/pools/{}"]


async def seed_tubes(platform: Platform, now: datetime) -> dict[str, str]:
    """Put a tube, a step of it and a pool into the testing service and return their ids."""
    tube = a_tube(now)
    told = await platform.post("testing", "/v1/tubes", tube)
    await platform.post("testing", "/v1/tube-steps", {**a_step(now), "tube_code": tube["code"]})
    return {"tube": told["tube_id"]}
