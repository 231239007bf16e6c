"""The doors of sentinels, of drugs under real names and of movement, with a body that is good for each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.builders import A_VILLAGE
from tests.system.door import Body, Door, a_mark
from tests.system.platform import Platform

BUYER = {"name": "张伟", "identity": {"number": "11010519491231002X"}}
LEAVER = {"name": "王芳", "identity": {"kind": "passport", "number": "E12345678"}}


def a_sentinel(_: datetime) -> Body:
    return {
        "division": A_VILLAGE,
        "kind": "pharmacy",
        "name": "药店",
        "in_charge": {"name": "负责人", "telephone": "13800001234"},
    }


def a_drug_sale(now: datetime) -> Body:
    return {
        "sentinel": "pharmacy-1",
        "receipt": a_mark(),
        "division": A_VILLAGE,
        "category": "antipyretic",
        "symptoms": ["fever"],
        "sold_at": (now - timedelta(hours=1)).isoformat(),
        "buyer": BUYER,
    }


def _departure(now: datetime) -> Body:
    return {
        "reference": a_mark(),
        "division": A_VILLAGE,
        "person": LEAVER,
        "destination": "130104",
        "leaving_on": (now + timedelta(days=10)).date().isoformat(),
        "purpose": "family",
        "negative_within_hours": 48,
    }


def _demand(now: datetime) -> Body:
    return {"negative_within_hours": 48, "source": "公告", "recorded_at": now.isoformat()}


def _check(now: datetime) -> Body:
    return {"for_work": now.second % 2 == 0, "identity": LEAVER["identity"]}


SURVEILLANCE_DOORS = [
    Door(
        "registration",
        "/v1/sentinels/pharmacy-1",
        a_sentinel,
        divisions=("division",),
        texts=("name", "kind"),
        method="PUT",
    ),
    Door(
        "registration",
        "/v1/sentinels/clinic-1/close",
        lambda now: {"closed_at": now.isoformat()},
        instants=("closed_at",),
    ),
    Door(
        "registration",
        "/v1/drug-sales",
        a_drug_sale,
        instants=("sold_at", "recorded_at"),
        divisions=("division", "residence"),
        texts=("sentinel", "receipt", "category", "kind"),
    ),
    Door(
        "registration",
        "/v1/drug-follow-ups/{follow_up}/looks",
        lambda now: {"followed_at": now.isoformat(), "symptoms": []},
        instants=("followed_at",),
    ),
    Door(
        "registration",
        "/v1/drug-follow-ups/{follow_up}/close",
        lambda now: {"outcome": "recovered", "closed_at": now.isoformat()},
        instants=("closed_at",),
        texts=("outcome",),
    ),
    Door(
        "registration",
        "/v1/departures",
        _departure,
        instants=("recorded_at",),
        divisions=("division",),
        texts=("reference", "destination", "purpose", "leaving_on"),
    ),
    Door(
        "registration",
        "/v1/destination-demands/130104",
        _demand,
        instants=("recorded_at",),
        texts=("source",),
        method="PUT",
    ),
    Door("registration", "/v1/passes/check", _check, texts=("passage",)),
]

SURVEILLANCE_LISTS = [
    "/v1/sentinels",
    "/v1/sentinels/unregistered",
    "/v1/sentinels/faults",
    "/v1/sentinels/silent",
    "/v1/drug-sales",
    "/v1/drug-follow-ups",
    "/v1/departures",
]
_NOBODY = "00000000-0000-4000-8000-000000000000"
SURVEILLANCE_KEYS: Mapping[str, Sequence[Any]] = {
    **dict.fromkeys(SURVEILLANCE_LISTS[:4], (A_VILLAGE, "clinic-1")),
    "/v1/sentinels/faults": (-1, "clinic-1"),
    **dict.fromkeys(SURVEILLANCE_LISTS[4:], (A_VILLAGE, _NOBODY)),
    "/v1/destination-demands": ("130104",),
}
"""Each list with a key that its cursors may hold."""
SURVEILLANCE_BY_ID = [
    "/v1/sentinels/{}",
    "/v1/sentinels/{}/record",
    "/v1/drug-follow-ups/{}",
    "/v1/departures/{}",
    "/v1/passes/{}",
]


async def seed_surveillance(platform: Platform, now: datetime) -> dict[str, str]:
    """Put one thing of each kind into the registration service and return their ids."""
    answer = await platform.clients["registration"].put("/v1/sentinels/clinic-1", json=a_sentinel(now))
    assert answer.status_code == 201, answer.text
    await platform.post("registration", "/v1/drug-sales", a_drug_sale(now))
    (follow_up,) = (await platform.get("registration", "/v1/drug-follow-ups"))["items"]
    departure = await platform.post("registration", "/v1/departures", _departure(now))
    return {"follow_up": follow_up["follow_up_id"], "departure": departure["departure_id"]}
