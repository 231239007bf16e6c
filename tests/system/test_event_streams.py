"""Every service streams its events by subtree, and says in its documents what they are."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.jetstream import SERVICES
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, a_result
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.waiting import until

pytestmark = pytest.mark.system

Start = Callable[..., Awaitable[ServiceProcess]]


async def _listen(url: str, key: str, heard: list[dict[str, Any]], ready: asyncio.Event) -> None:
    headers = {"authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client,
        client.stream("GET", "/v1/events") as answer,
    ):
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            ready.set()
            if line.startswith("data: {"):
                heard.append(json.loads(line.removeprefix("data: ")))


def positives(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was heard of positives; each is followed by the order to sequence it."""
    return [event for event in heard if event["type"] == "testing.sample-positive"]


async def test_a_township_hears_its_villages_and_a_neighbour_hears_nothing(
    start_service: Start, database_url: str
) -> None:
    service = await start_service("testing")
    township: list[dict[str, Any]] = []
    neighbour: list[dict[str, Any]] = []
    keys = [await a_key(database_url, place, "events:read") for place in (JIANSHENG, ANOTHER_VILLAGE)]
    ready = [asyncio.Event(), asyncio.Event()]
    listeners = [
        asyncio.create_task(_listen(service.url, key, heard, known))
        for key, heard, known in zip(keys, (township, neighbour), ready, strict=True)
    ]
    try:
        await asyncio.gather(*(known.wait() for known in ready))
        lab = {"authorization": f"Bearer {await a_key(database_url, A_VILLAGE, 'results:write')}"}
        beside = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE, 'results:write')}"}
        now = datetime.now(UTC)
        async with httpx.AsyncClient(base_url=service.url) as client:
            first = await client.post("/v1/results", json=a_result(now), headers=lab)
            second = await client.post(
                "/v1/results", json=a_result(now, division=ANOTHER_VILLAGE), headers=beside
            )
        assert (first.status_code, second.status_code) == (201, 201)
        await until(lambda: len(positives(township)) == 2 and len(positives(neighbour)) == 1, seconds=30)
        assert {event["data"]["division"] for event in township} == {A_VILLAGE, ANOTHER_VILLAGE}
        assert neighbour[0]["subject"] == second.json()["sample_id"]
        assert {event["data"]["division"] for event in neighbour} == {ANOTHER_VILLAGE}
    finally:
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_publishes_its_documents(service: str, start_service: Start) -> None:
    running = await start_service(service)
    async with httpx.AsyncClient(base_url=running.url) as client:
        asynchronous = (await client.get("/asyncapi.json")).json()
        synchronous = (await client.get("/openapi.json")).json()
    assert asynchronous["asyncapi"] == "3.0.0"
    assert any(name.startswith(f"{service}.") for name in asynchronous["channels"])
    assert synchronous["openapi"].startswith("3.1")
    assert "/v1/events" in synchronous["paths"]
