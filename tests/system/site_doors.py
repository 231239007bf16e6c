"""The doors of quarantine sites and their rooms, with a body that is good for each."""

from datetime import datetime
from uuid import UUID, uuid4

from tests.builders import A_VILLAGE
from tests.registration.quarantine.sites import a_site
from tests.system.door import Body, Door
from tests.system.platform import Platform

A_SITE, SPARE_SITE = "site-of-doors", "spare-site"
"""A quarantine site that is open, and one that is not."""
A_GUEST, ANOTHER_GUEST = str(UUID(int=8)), str(UUID(int=9))
"""Who stay in the rooms 101 and 201 of the first."""


def _site(_: datetime) -> Body:
    return a_site(division=A_VILLAGE)


def _reason(now: datetime) -> Body:
    return {"reason": f"since {now}"}


def _rooms(_: datetime) -> Body:
    return {"person_ids": [str(uuid4())], "division": A_VILLAGE, "site": A_SITE}


def _move(now: datetime) -> Body:
    return {"person_ids": [A_GUEST], "site": A_SITE, "room": "101", "moved_at": now.isoformat()}


def _leave(now: datetime) -> Body:
    return {"person_ids": [A_GUEST], "reason": "released", "left_at": now.isoformat()}


SITE_DOORS = [
    Door(
        "registration",
        f"/v1/sites/{A_SITE}",
        _site,
        divisions=("division",),
        texts=("kind", "name", "address"),
        method="PUT",
    ),
    Door("registration", f"/v1/sites/{A_SITE}/open", _reason, instants=("opened_at",), texts=("reason",)),
    Door(
        "registration", f"/v1/sites/{SPARE_SITE}/close", _reason, instants=("closed_at",), texts=("reason",)
    ),
    Door(
        "registration",
        "/v1/rooms/assignments",
        _rooms,
        instants=("began_at",),
        divisions=("division",),
        texts=("site", "room"),
    ),
    Door("registration", "/v1/rooms/moves", _move, instants=("moved_at",), texts=("site", "room")),
    Door("registration", "/v1/rooms/leaves", _leave, instants=("left_at",), texts=("reason",)),
]

POSITIVE_DOORS = [
    Door(
        "registration",
        f"/v1/sites/{A_SITE}/positives",
        lambda now: {"person_id": ANOTHER_GUEST, "found_at": now.isoformat()},
        instants=("found_at",),
        texts=("person_id",),
    ),
]

TRANSFER_DOORS = [
    Door(
        "registration",
        "/v1/transfers/{transfer}/request",
        lambda now: {"vehicle": "渝A12345", "requested_at": now.isoformat()},
        instants=("requested_at", "recorded_at"),
        texts=("vehicle", "crew"),
    ),
    Door(
        "registration",
        "/v1/transfers/{transfer}/pick-up",
        lambda now: {"picked_up_at": now.isoformat()},
        instants=("picked_up_at", "recorded_at"),
        texts=("vehicle", "crew"),
    ),
    Door(
        "registration",
        "/v1/transfers/{transfer}/cancel",
        lambda now: {"reason_code": "mistake", "cancelled_at": now.isoformat()},
        instants=("cancelled_at", "recorded_at"),
        texts=("reason_code",),
    ),
    Door(
        "registration",
        "/v1/transfers/{transfer}/arrival",
        lambda now: {"site": A_SITE, "arrived_at": now.isoformat()},
        instants=("arrived_at", "recorded_at"),
        texts=("site", "room"),
    ),
]

SITE_LISTS = ["/v1/sites"]


async def seed_sites(platform: Platform) -> None:
    """Two sites, and somebody in one of them."""
    for code in (A_SITE, SPARE_SITE):
        site = a_site(division=A_VILLAGE)
        answer = await platform.clients["registration"].put(f"/v1/sites/{code}", json=site)
        assert answer.is_success, answer.text
    await platform.post("registration", f"/v1/sites/{A_SITE}/open", {"reason": "r"})
    for guest, room in ((A_GUEST, "101"), (ANOTHER_GUEST, "201")):
        given = {"person_ids": [guest], "division": A_VILLAGE, "site": A_SITE, "room": room}
        await platform.post("registration", "/v1/rooms/assignments", given)
