"""The four services as processes on one database and one bus, with a roster and a fast clock."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.clock import Clock
from tests.keys import a_key
from tests.servers import ServiceProcess

ORIGIN = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai."""
CHONGQING = "500000"

Start = Callable[..., Awaitable[ServiceProcess]]


@dataclass
class Platform:
    """What a system test speaks to: an HTTP client for each service, all with the same key."""

    services: dict[str, ServiceProcess]
    clients: dict[str, httpx.AsyncClient]
    clock: Clock

    async def post(self, service: str, path: str, body: Any, **options: Any) -> Any:
        """Post and return the answer's body; fails on a refusal."""
        answer = await self.clients[service].post(path, json=body, **options)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def get(self, service: str, path: str, **parameters: Any) -> Any:
        """Get and return the answer's body; fails on a refusal."""
        answer = await self.clients[service].get(path, params=parameters)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def clocks(self, **filters: Any) -> list[dict[str, Any]]:
        """Return the first page of clocks."""
        return (await self.get("alerts", "/v1/clocks", **filters))["items"]

    async def whole_clock(self, rule: str, subject: str) -> dict[str, Any] | None:
        """Return a clock with its history, or None while there is none."""
        found = await self.clocks(rule=rule, subject=subject)
        return await self.get("alerts", f"/v1/clocks/{found[0]['id']}") if found else None

    async def close(self) -> None:
        """Close the clients; the services are stopped by who started them."""
        for client in self.clients.values():
            await client.aclose()


async def start_platform(
    start: Start,
    database_url: str,
    *names: str,
    rate: float = 60.0,
    division: str = CHONGQING,
    origin: datetime = ORIGIN,
) -> Platform:
    """Start services that share a clock running `rate` times as fast, from 2021-02-01 09:00 in Shanghai."""
    anchor = datetime.now(UTC)
    environment = {
        "DUTYCLOCK_CLOCK_ORIGIN": origin.isoformat(),
        "DUTYCLOCK_CLOCK_ANCHOR": anchor.isoformat(),
        "DUTYCLOCK_CLOCK_RATE": str(rate),
    }
    wanted = names or ("registration", "testing", "alerts", "reporting")
    started = await asyncio.gather(*(start(name, **environment) for name in wanted))
    services = dict(zip(wanted, started, strict=True))
    key = await a_key(database_url, division)
    headers = {"authorization": f"Bearer {key}"}
    clients = {
        name: httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60)
        for name, service in services.items()
    }
    return Platform(services, clients, Clock(origin, anchor, rate))


def a_roster(now: datetime, *posts: tuple[str, str]) -> dict[str, Any]:
    """A roster document: one person with a log channel for each (post, division), on duty for a week."""
    return {
        "people": [
            {"id": f"{post}-{division}", "name": "值班员", "division": division, "channels": ["log:"]}
            for post, division in posts
        ],
        "shifts": [
            {
                "post": post,
                "division": division,
                "person": f"{post}-{division}",
                "from": (now - timedelta(days=1)).isoformat(),
                "until": (now + timedelta(days=7)).isoformat(),
            }
            for post, division in posts
        ],
    }
