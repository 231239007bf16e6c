"""The doors of notices from other provinces and of their matches, as tests knock on them."""

from typing import Any

import httpx

NOTICES, MATCHES = "/v1/assistance-notices", "/v1/notice-matches"


async def post(town: httpx.AsyncClient, path: str, body: Any, status: int = 201) -> dict[str, Any]:
    """Send a body and return the answer, which must have this status."""
    answer = await town.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def matches(town: httpx.AsyncClient, number: int, **parameters: str) -> list[dict[str, Any]]:
    """Return the matches, which must be so many."""
    items = (await town.get(MATCHES, params=parameters)).json()["items"]
    assert len(items) == number, items
    return items
