"""The platform's public HTTP doors as a drill uses them: a key for each party, calls repeated when asked."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from shared.access import Scope
from shared.api_keys import create_key
from shared.clock import Clock

PARTIES: Mapping[str, tuple[str, ...]] = {
    "laboratory": (
        *("results:write", "results:read", "tubes:write", "tubes:read"),
        *("campaigns:write", "campaigns:read", "residents:write", "residents:read"),
    ),
    "hospital": ("cases:write", "cases:read"),
    "disease-control": ("cases:write", "cases:read"),
    "town": (
        *("people:write", "returns:write", "symptoms:write", "daily-reports:write"),
        *("risk-areas:write", "plans:read", "grid:write", "grid:read"),
        *("returns:read", "symptoms:read", "daily-reports:read"),
        *("transfers:write", "transfers:read", "sites:write", "sites:read"),
    ),
    "duty-room": ("duty:write", "clocks:read", "events:read", "pages:read", "pages:acknowledge"),
}
"""Who takes part, and what the key of each may do."""

AT_ONCE = 500
"""Items in a page of a list."""
TRIES = 40
TRY_AGAIN_SECONDS = 0.1
TIMEOUT_SECONDS = 20.0


class Refused(Exception):
    """A call that the platform refused for good; the message is its own."""

    def __init__(self, call: str, response: httpx.Response) -> None:
        self.status = response.status_code
        super().__init__(f"{call}: {response.status_code} {response.text[:500]}")


class Doors:
    """The four services' doors, each party with its own key."""

    def __init__(
        self, services: Mapping[str, str], keys: Mapping[str, str], client: httpx.AsyncClient
    ) -> None:
        self._services = services
        self._keys = keys
        self.client = client

    @classmethod
    @asynccontextmanager
    async def open(
        cls, services: Mapping[str, str], keys: Mapping[str, str], *, trust: ssl.SSLContext | bool = True
    ) -> AsyncGenerator["Doors", None]:
        """Open a client for as long as the block runs; `trust` says who vouches for addresses with TLS."""
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        async with httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False, verify=trust
        ) as client:
            yield cls(services, keys, client)

    def address(self, service: str, path: str) -> str:
        """Return the full address of a path of a service."""
        return self._services[service] + path

    def headers(self, party: str) -> dict[str, str]:
        """Return what a party sends with every call."""
        return {"authorization": f"Bearer {self._keys[party]}"}

    async def post(self, party: str, service: str, path: str, body: Any = None) -> Any:
        """Return the answer's body; the same call again, under the same key, while the platform is away.

        Raises Refused.
        """
        headers = {**self.headers(party), "idempotency-key": str(uuid4())}
        return await self._call("POST", service, path, headers, {"json": body} if body is not None else {})

    async def get(self, party: str, service: str, path: str, **query: Any) -> Any:
        """Return the answer's body; raises Refused."""
        return await self._call("GET", service, path, self.headers(party), {"params": query or None})

    async def get_all(self, party: str, service: str, path: str, **query: Any) -> list[Any]:
        """Return every item of a list, page by page."""
        page = await self.get(party, service, path, limit=AT_ONCE, **query)
        found: list[Any] = list(page["items"])
        while following := page.get("next"):
            page = await self.get(party, service, following)
            found += page["items"]
        return found

    async def _call(
        self,
        method: str,
        service: str,
        path: str,
        headers: Mapping[str, str],
        content: Mapping[str, Any],
    ) -> Any:
        for tried in range(1, TRIES + 1):
            try:
                response = await self.client.request(
                    method, self.address(service, path), headers=headers, **content
                )
            except httpx.TransportError:
                if tried == TRIES:
                    raise
            else:
                if response.is_success:
                    return response.json() if response.content else None
                if tried == TRIES or response.status_code not in (429, 503):
                    raise Refused(f"{method} {path}", response)
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        raise AssertionError("the last try returns or raises")


async def make_keys(database_url: str, division: str) -> dict[str, str]:
    """Return a key for each party, made as `dutyclock keys create` makes it."""
    connection = await asyncpg.connect(database_url)
    try:
        keys: dict[str, str] = {}
        for party, scopes in PARTIES.items():
            _, keys[party] = await create_key(
                connection,
                name=party,
                division=division,
                scopes=[Scope(scope) for scope in scopes],
                now=Clock().now(),
            )
        return keys
    finally:
        await connection.close()
