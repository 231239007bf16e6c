"""Quarantine sites for tests, made short: change what a test is about, leave the rest."""

import json
from typing import Any

import httpx

from shared.settings import PROJECT

ZONES = ["clean", "buffer", "contaminated"]
PASSAGES = ["staff", "quarantined"]
STAFF = {"meals": 4, "waste": 2, "security": 4, "medicine": 6, "counselling": 1, "fire-safety": 1}


def rooms(*beds: int, corridor: str = "1") -> list[dict[str, Any]]:
    """Rooms along a corridor with so many beds each."""
    return [
        {"room": f"{corridor}{number:02}", "corridor": corridor, "beds": count}
        for number, count in enumerate(beds, start=1)
    ]


STANDING_SITE: dict[str, Any] = json.loads(
    (PROJECT / "data" / "quarantine-site-jiansheng.json").read_text("utf-8")
)


def a_site(**changes: Any) -> dict[str, Any]:
    """The town's standing site (town §7), with everything that the checklists ask for, unless changed."""
    return {**STANDING_SITE, **changes}


def a_backup(order: int, count: int = 30, **changes: Any) -> dict[str, Any]:
    """A back-up site of single rooms."""
    return a_site(kind="back-up", call_up_order=order, vehicles=[], rooms=rooms(*[1] * count), **changes)


async def put(client: httpx.AsyncClient, code: str, site: dict[str, Any]) -> dict[str, Any]:
    """State a site that is taken."""
    answer = await client.put(f"/v1/sites/{code}", json=site)
    assert answer.is_success, answer.text
    return answer.json()


async def opened(client: httpx.AsyncClient, code: str, site: dict[str, Any] | None = None) -> dict[str, Any]:
    """State a site and open it."""
    await put(client, code, site or a_site())
    answer = await client.post(f"/v1/sites/{code}/open", json={"reason": "疫情处置"})
    assert answer.is_success, answer.text
    return answer.json()
