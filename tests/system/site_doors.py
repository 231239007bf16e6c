"""The doors of quarantine sites and their rooms, with a body that is good for each."""

from datetime import datetime
from uuid import UUID, uuid4

from tests.builders import A_VILLAGE
from tests.registration.quarantine.sites import a_site
from tests.system.door import Body, Door
from tests.system.platform import Platform

A_SITE, SPARE_SITE, A_GUEST = "site-of-doors", "spare-site", str(UUID(int=8))
"""A quarantine site that is open, one that is not, and somebody who stays in room 101 of the first."""


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

SITE_LISTS = ["/v1/sites"]


async def seed_sites(platform: Platform) -> None:
    """Two sites, and somebody in one of them."""
    for code in (A_SITE, SPARE_SITE):
        site = a_site(division=A_VILLAGE)
        answer = await platform.clients["registration"].put(f"/v1/sites/{code}", json=site)
        assert answer.is_success, answer.text
    await platform.post("registration", f"/v1/sites/{A_SITE}/open", {"reason": "r"})
    guest = {"person_ids": [A_GUEST], "division": A_VILLAGE, "site": A_SITE, "room": "101"}
    await platform.post("registration", "/v1/rooms/assignments", guest)
